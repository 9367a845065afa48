import { onlyLog } from '../../src/event-log/event-logs.ts'
import type { EventLog } from '../../src/ports/event-log.ts'
import { createQueries } from '../../src/projections/queries/create-queries.ts'
import { createViewCatalog } from '../../src/projections/runner/generations/view-catalog.ts'
import { goalRow, median, percentile, type Row } from '../report/row.ts'
import { type ConversationSeed, eventsOfStart, seedConversation, seededId } from '../seed/conversation-seed.ts'
import { addMessages, startAll } from '../seed/fill-log.ts'
import { appendAll, appendWork } from './append.ts'
import type { Bench, BenchContext } from './bench.ts'
import { withLog } from './solo.ts'
import { type RunningViews, withViews } from './views.ts'

/** Messages of each conversation: the log grows by conversations, so every history page has its 50 messages. */
const perConversation = 100
const pageSize = 50
/** Conversations, evenly over the log, that are appended to. */
const appendedTo = 90

interface Costs {
  readonly events: number
  /** Microseconds of CPU. */
  readonly append: number
  /** Microseconds. */
  readonly page: number
}

const grow = async (log: EventLog, seeds: ConversationSeed[], events: number): Promise<void> => {
  const missing = Math.ceil(events / (perConversation + eventsOfStart)) - seeds.length
  const more = Array.from({ length: missing }, (_, index) => seedConversation(seeds.length + index, ['ann', 'ben']))
  await startAll(log, more)
  await addMessages(log, more, missing * perConversation)
  seeds.push(...more)
}

const appendCost = async (log: EventLog, seeds: readonly ConversationSeed[], views: RunningViews): Promise<number> => {
  const [count, costs]: [number, number[]] = [5000, []]
  const some = Array.from({ length: appendedTo }, (_, index) => seeds[Math.floor((index * seeds.length) / appendedTo)])
  const chosen = some.filter((seed) => seed !== undefined)
  for (let round = 0; round < 7; round += 1) {
    const work = appendWork(chosen, count)
    const before = process.cpuUsage()
    await appendAll(log, work, 100)
    await views.caughtUp()
    const { user, system } = process.cpuUsage(before)
    costs.push((user + system) / count)
  }
  return median(costs)
}

const pageCost = async ({ store }: RunningViews, log: EventLog, conversations: number): Promise<number> => {
  const { collection } = await createViewCatalog(store)
  const watermark = { current: () => [0n], reached: async () => true }
  const queries = createQueries({
    documents: store,
    collectionOf: collection,
    log: onlyLog(log),
    watermark,
    now: Date.now,
  })
  const times: number[] = []
  for (let i = 0; i < 1000; i += 1) {
    const id = seededId((i * 7919) % conversations)
    const start = performance.now()
    const { messages } = await queries.history('ann', id, { limit: pageSize })
    times.push((performance.now() - start) * 1000)
    if (messages.length !== pageSize) throw new Error(`${messages.length} messages instead of ${pageSize}`)
  }
  return percentile(times, 50)
}

const rowsOf = (costs: readonly Costs[]): readonly Row[] => {
  const [first, last] = [costs[0], costs.at(-1)]
  if (first === undefined || last === undefined) return []
  const sizes = costs.map(({ events }) => events.toLocaleString('en-US')).join('; ')
  const row = (figure: string, cost: 'append' | 'page') =>
    goalRow(
      `${figure} at ${sizes} events`,
      last[cost] / first[cost],
      'times',
      { atMost: 1.5 },
      `${costs.map((each) => each[cost].toFixed(cost === 'append' ? 1 : 0)).join('; ')} us (${(last[cost] / first[cost]).toFixed(2)} times)`,
    )
  return [row('CPU of one append', 'append'), row('One history page of 50', 'page')]
}

const measure = async (
  log: EventLog,
  views: RunningViews,
  { quick, progress }: BenchContext,
): Promise<readonly Row[]> => {
  const seeds: ConversationSeed[] = []
  const costs: Costs[] = []
  for (const events of quick ? [10_000, 100_000] : [10_000, 100_000, 1_000_000]) {
    await grow(log, seeds, events)
    await views.caughtUp()
    const page = await pageCost(views, log, seeds.length)
    const append = await appendCost(log, seeds, views)
    costs.push({ events, append, page })
    progress(`${events}: append ${append.toFixed(1)} us, page ${page.toFixed(0)} us`)
  }
  return rowsOf(costs)
}

export const growth: Bench = {
  name: 'growth',
  title: 'As the log grows',
  method:
    'Conversations of 100 messages; appends at 100 in flight to 90 conversations all over the log (CPU of all threads, with the views), pages of conversations all over it (median, in process).',
  run: (context) =>
    withLog(context.directory, (log) => withViews(context.directory, log, (views) => measure(log, views, context))),
}
