import { EventStoreDBClient, jsonEvent, NO_STREAM } from '@eventstore/db-client'
import { openKurrentLog } from '../../src/adapters/kurrentdb/open-kurrent-log.ts'
import { conversationStream } from '../../src/domain/stream-names.ts'
import type { NewEvent } from '../../src/ports/event-log.ts'
import { startDoubleProcess } from '../../test/support/kurrentdb-double/process.ts'
import { median, number, type Row } from '../report/row.ts'
import type { Bench, BenchContext } from './bench.ts'

/** How long a turn of the event loop is busy with something else, and how long it is measured, milliseconds. */
const [busyMs, measureMs] = [5, 3_000]
const waiting = 256

const message: NewEvent = {
  ...{ id: 'ann/phone/1/0', type: 'MessageSent', version: 1, at: 0, userId: 'ann', deviceId: 'phone' },
  data: JSON.stringify({ messageId: '018f6b1c-2d3e-7f40-8a5b-000000000001', seq: 1, clientSeq: 1 }),
  body: 'A'.repeat(900),
}
const bare = [jsonEvent({ type: message.type, data: { data: JSON.parse(message.data), body: message.body } })]

type Append = () => Promise<unknown>

/** Keeps the event loop busy; answers how many turns there were until it is stopped. */
const keepBusy = (): (() => number) => {
  let turns = 0
  let isOver = false
  const turn = (): void => {
    if (isOver) return
    turns += 1
    const end = performance.now() + busyMs
    while (performance.now() < end);
    setImmediate(turn)
  }
  turn()
  return () => {
    isOver = true
    return turns
  }
}

const appendsATurn = async (append: Append): Promise<number> => {
  let [done, isOver] = [0, false]
  const one = async (): Promise<void> => {
    while (!isOver) {
      await append()
      done += 1
    }
  }
  const all = Promise.all(Array.from({ length: waiting }, one))
  const stop = keepBusy()
  await new Promise((resolve) => setTimeout(resolve, measureMs))
  const [stored, turns] = [done, stop()]
  isOver = true
  await all
  return stored / turns
}

const measure = async ({ quick, progress }: BenchContext, log: Append, client: Append): Promise<readonly Row[]> => {
  const [ours, others]: [number[], number[]] = [[], []]
  for (let round = 0; round < (quick ? 1 : 3); round += 1) {
    ours.push(await appendsATurn(log))
    others.push(await appendsATurn(client))
    progress(`${ours.at(-1)} by the log, ${others.at(-1)} by one client`)
  }
  const measured = number(median(ours), '')
  return [{ figure: `Appends a turn of ${busyMs} ms`, measured, floor: `${number(median(others), '')} by one client` }]
}

export const busyAppends: Bench = {
  name: 'busy-appends',
  title: 'Appends to KurrentDB from a process that is busy',
  method: `How many appends, of one message to a stream of its own each, come to an end in a turn of the event loop that is busy with something else for ${busyMs} ms, while ${waiting} wait: with the clients of the log, and with one client. The log is the double of KurrentDB's protocol in a process of its own.`,
  run: async (context) => {
    await using started = new AsyncDisposableStack()
    const double = await startDoubleProcess({ file: `${context.directory}/events` })
    started.defer(() => double.kill())
    const log = await openKurrentLog({
      connectionString: double.url,
      onError: (error) => context.progress(String(error)),
    })
    started.defer(() => log.close())
    const client = EventStoreDBClient.connectionString(double.url)
    started.defer(() => client.dispose())
    let made = 0
    const next = (): string => {
      made += 1
      return conversationStream(`c${made}`)
    }
    return await measure(
      context,
      () => log.append(next(), [message], 'no_stream'),
      () => client.appendToStream(next(), bare, { expectedRevision: NO_STREAM, requiresLeader: true }),
    )
  },
}
