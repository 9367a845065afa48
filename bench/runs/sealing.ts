import { openKurrentLog } from '../../src/adapters/kurrentdb/open-kurrent-log.ts'
import { openAccountsFile } from '../../src/adapters/sql/database/open-sqlite.ts'
import { createBodySeal } from '../../src/event-log/sealed-bodies/body-seal.ts'
import { createSealedLog } from '../../src/event-log/sealed-bodies/sealed-log.ts'
import type { EventLog } from '../../src/ports/event-log.ts'
import { startDoubleProcess } from '../../test/support/kurrentdb-double/process.ts'
import { goalRow, median, number, type Row } from '../report/row.ts'
import { type ConversationSeed, eventsOfStart, seedConversation } from '../seed/conversation-seed.ts'
import { startAll } from '../seed/fill-log.ts'
import type { Bench, BenchContext } from './bench.ts'

const conversations = 200
/** Appends to each conversation in a round. */
const perRound = 20
const pageSize = 50

/** One way to use the log, with conversations of its own. */
interface Way {
  readonly log: EventLog
  readonly seeds: readonly ConversationSeed[]
}

const cpuOf = async (work: () => Promise<unknown>, count: number): Promise<number> => {
  const before = process.cpuUsage()
  await work()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / count
}

/** One after the other in each conversation. */
const appendTo = async ({ log, seeds }: Way, messages: number): Promise<void> => {
  const append = async ({ stream, message }: ConversationSeed): Promise<void> => {
    for (let count = 0; count < messages; count += 1) {
      const { events, expected } = message()
      await log.append(stream, events, expected)
    }
  }
  await Promise.all(seeds.map(append))
}

const readPages = async ({ log, seeds }: Way, messages: number): Promise<void> => {
  for (const { stream } of seeds)
    for (let from = eventsOfStart; from < eventsOfStart + messages; from += pageSize) {
      const events = await log.readStream({ stream, from, limit: pageSize })
      if (events.length !== pageSize || events.some(({ body }) => body === null || body.startsWith('~')))
        throw new Error(`${stream} was not read as it was written`)
    }
}

interface Costs {
  readonly append: number[]
  readonly read: number[]
}

const round = async (way: Way, costs: Costs): Promise<void> => {
  costs.append.push(await cpuOf(() => appendTo(way, perRound), conversations * perRound))
  // The same events at every round, of which there are enough since the warm-up.
  const messages = 2 * pageSize
  costs.read.push(await cpuOf(() => readPages(way, messages), conversations * messages))
}

const rowOf = (figure: string, plain: readonly number[], sealed: readonly number[]): Row => {
  const ratios = sealed.map((cost, index) => cost / (plain[index] ?? Number.NaN))
  const [one, other, times] = [median(plain), median(sealed), median(ratios)]
  const text = `${number(one, '')}; ${number(other, 'us')} (${number(times, 'times')})`
  return goalRow(`${figure}, bodies as they are; sealed`, times, 'times', { atMost: 1.2 }, text)
}

const measure = async (ways: { readonly plain: Way; readonly sealed: Way }, { quick, progress }: BenchContext) => {
  const costs = { plain: { append: [], read: [] } as Costs, sealed: { append: [], read: [] } as Costs }
  for (const way of Object.values(ways)) {
    await startAll(way.log, way.seeds)
    await appendTo(way, 2 * pageSize)
  }
  for (let turn = 0; turn < (quick ? 4 : 10); turn += 1)
    for (const name of ['plain', 'sealed'] as const) {
      await round(ways[name], costs[name])
      progress(
        `${name}: append ${number(costs[name].append.at(-1) ?? 0, 'us')}, read ${number(costs[name].read.at(-1) ?? 0, 'us')}`,
      )
    }
  return [
    rowOf('CPU of one append of a message', costs.plain.append, costs.sealed.append),
    rowOf(`CPU of one event in a page of ${pageSize}`, costs.plain.read, costs.sealed.read),
  ]
}

const seedsFrom = (first: number): readonly ConversationSeed[] =>
  Array.from({ length: conversations }, (_, index) => seedConversation(first + index, ['ann', 'ben']))

export const sealing: Bench = {
  name: 'sealing',
  title: 'Bodies that are sealed once more',
  method:
    "What a process of a cluster spends on the event log, with bodies sealed under keys in the accounts database (an SQLite file here) and without, by turns: CPU of all its threads, with the client of KurrentDB. The log is the double of KurrentDB's protocol in a process of its own, whose CPU does not count. Appends of one message each to 200 conversations, one in flight for each of them, with the making of the event; pages read one after the other. Medians of the rounds, and of the ratios of each turn.",
  run: async (context) => {
    await using started = new AsyncDisposableStack()
    const double = await startDoubleProcess({ file: `${context.directory}/events` })
    started.defer(() => double.kill())
    const accounts = await openAccountsFile({ directory: context.directory })
    started.defer(() => accounts.close())
    const onError = (error: unknown): void => context.progress(String(error))
    const log = await openKurrentLog({ connectionString: double.url, onError })
    started.defer(() => log.close())
    const seal = createBodySeal({
      ...{ keys: accounts.bodyKeys, life: 'bench' },
      onMissing: (stream) => context.progress(`the keys of ${stream} are missing`),
    })
    const sealed = createSealedLog({ log, seal, onError })
    return await measure(
      { plain: { log, seeds: seedsFrom(0) }, sealed: { log: sealed, seeds: seedsFrom(conversations) } },
      context,
    )
  },
}
