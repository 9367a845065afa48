import { createCheckpoints } from '../../src/event-log/checkpoint.ts'
import { onlyLog } from '../../src/event-log/event-logs.ts'
import type { EventLog } from '../../src/ports/event-log.ts'
import type { Resumed } from '../load/resume.ts'
import { goalRow, median, number, type Row } from '../report/row.ts'
import { type ConversationSeed, seedConversation } from '../seed/conversation-seed.ts'
import { addMessages, startAll } from '../seed/fill-log.ts'
import type { Bench, BenchContext } from './bench.ts'
import { type Solo, withServer } from './solo.ts'

const events = 10_000

interface Away {
  readonly user: string
  readonly conversations: number
  since: string
}

const checkpointOf = async (log: EventLog): Promise<string> =>
  createCheckpoints(onlyLog(log)).encode([await log.head()])

/** The messages are spread evenly, one conversation after the other. */
const seedAway = async (log: EventLog, away: Away, firstIndex: number): Promise<void> => {
  const seeds: ConversationSeed[] = Array.from({ length: away.conversations }, (_, index) =>
    seedConversation(firstIndex + index, [away.user, 'peer']),
  )
  await startAll(log, seeds)
  away.since = await checkpointOf(log)
  await addMessages(log, seeds, events)
}

const measure = async (solo: Solo, away: Away, { quick, progress }: BenchContext): Promise<Row> => {
  const { child, url } = solo.backscroll
  const [rates, cpuRates]: [number[], number[]] = [[], []]
  for (let round = 0; round < (quick ? 4 : 10); round += 1) {
    const before = await child.usage()
    const done = await solo.generator.call<Resumed>('resume', { url, user: away.user, since: away.since })
    const after = await child.usage()
    if (done.events !== events) throw new Error(`${done.events} events instead of ${events}`)
    rates.push((done.events / done.ms) * 1000)
    cpuRates.push(done.events / (after.user + after.system - before.user - before.system))
    progress(`over ${away.conversations}: ${number(rates.at(-1) ?? 0, 'events/s')}`)
  }
  const rate = median(rates)
  const figure = `Resync of 10,000 events, ${away.conversations === 1 ? 'one conversation' : `${away.conversations} conversations`}: events/s`
  return goalRow(
    figure,
    rate,
    '',
    { atLeast: 50_000 },
    `${number(rate, '')} (${number(median(cpuRates), '')} for a second of CPU)`,
  )
}

export const resync: Bench = {
  name: 'resync',
  title: 'A device comes back',
  method: 'From the `connect` frame with a checkpoint to `caught_up`, over WebSocket, one device at a time; median.',
  run: async (context) => {
    const aways: Away[] = [
      { user: 'away-1', conversations: 1, since: '' },
      { user: 'away-100', conversations: 100, since: '' },
    ]
    const seed = async (log: EventLog) => {
      for (const away of aways) await seedAway(log, away, away.conversations * 1000)
    }
    return withServer(context.directory, seed, async (solo) => {
      const rows: Row[] = []
      for (const away of aways) rows.push(await measure(solo, away, context))
      return rows
    })
  },
}
