import { EventStoreDBClient, jsonEvent, NO_STREAM } from '@eventstore/db-client'
import { openKurrentLog } from '../../src/adapters/kurrentdb/open-kurrent-log.ts'
import { startDoubleProcess } from '../../test/support/kurrentdb-double/process.ts'
import { median, number, type Row } from '../report/row.ts'
import { seedConversation } from '../seed/conversation-seed.ts'
import type { Bench, BenchContext } from './bench.ts'

/** How long a turn of the event loop is busy with something else, and how long it is measured, milliseconds. */
const [busyMs, measureMs] = [5, 3_000]
const waiting = 256

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
  const [ours, bare]: [number[], number[]] = [[], []]
  for (let round = 0; round < (quick ? 1 : 3); round += 1) {
    ours.push(await appendsATurn(log))
    bare.push(await appendsATurn(client))
    progress(`${ours.at(-1)} by the log, ${bare.at(-1)} by one client`)
  }
  const measured = number(median(ours), '')
  return [{ figure: `Appends a turn of ${busyMs} ms`, measured, floor: `${number(median(bare), '')} by one client` }]
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
    const message = () => {
      made += 1
      const seed = seedConversation(made, ['ann', 'ben'])
      return { stream: seed.stream, ...seed.message() }
    }
    return measure(
      context,
      async () => {
        const { stream, events } = message()
        await log.append(stream, events, 'no_stream')
      },
      async () => {
        const { stream, events } = message()
        const datas = events.map(({ type, data, body }) => jsonEvent({ type, data: { data, body } }))
        await client.appendToStream(stream, datas, { expectedRevision: NO_STREAM, requiresLeader: true })
      },
    )
  },
}
