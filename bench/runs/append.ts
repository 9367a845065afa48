import type { EventLog } from '../../src/ports/event-log.ts'
import { goalRow, median, number, type Row } from '../report/row.ts'
import { type ConversationSeed, type SeededMessage, seedConversation } from '../seed/conversation-seed.ts'
import { startAll } from '../seed/fill-log.ts'
import type { Bench, BenchContext } from './bench.ts'
import { withLog } from './solo.ts'

interface Shape {
  readonly inFlight: number
  readonly goal: number
}

const shapes: readonly Shape[] = [
  { inFlight: 100, goal: 30_000 },
  { inFlight: 1000, goal: 80_000 },
]

export interface Work extends SeededMessage {
  readonly stream: string
}

/** Few enough that the events made beforehand do not keep the garbage collector busy. */
const appendsARound = 60_000

/** `count` messages, made beforehand, in each conversation in turn. */
export const appendWork = (seeds: readonly ConversationSeed[], count: number): readonly Work[] =>
  Array.from({ length: count }, (_, index) => seeds[index % seeds.length]).flatMap((seed) =>
    seed === undefined ? [] : [{ stream: seed.stream, ...seed.message() }],
  )

/** Appends per second. */
export const appendAll = async (log: EventLog, work: readonly Work[], inFlight: number): Promise<number> => {
  let next = 0
  const one = async (): Promise<void> => {
    for (let item = work[next]; item !== undefined; item = work[next]) {
      next += 1
      await log.append(item.stream, item.events, item.expected)
    }
  }
  const start = performance.now()
  await Promise.all(Array.from({ length: inFlight }, one))
  return (work.length / (performance.now() - start)) * 1000
}

const measure = async (log: EventLog, { quick, progress }: BenchContext): Promise<readonly Row[]> => {
  const seeds = Array.from({ length: 1000 }, (_, index) => seedConversation(index, ['ann', 'ben']))
  await startAll(log, seeds)
  await appendAll(log, appendWork(seeds, 50_000), 1000)
  const rates = shapes.map((): number[] => [])
  for (let round = 0; round < (quick ? 2 : 5); round += 1) {
    for (const [index, { inFlight }] of shapes.entries()) {
      const rate = await appendAll(log, appendWork(seeds, appendsARound), inFlight)
      rates[index]?.push(rate)
      progress(`${inFlight} in flight: ${number(rate, 'appends/s')}`)
    }
  }
  return shapes.map(({ inFlight, goal }, index) =>
    goalRow(`Appends/s, ${number(inFlight, 'in flight')}`, median(rates[index] ?? []), '', { atLeast: goal }),
  )
}

export const append: Bench = {
  name: 'append',
  title: 'The log alone',
  method:
    'Appends of one message each to 1,000 streams, durable (fsync) when they count, in one process with the writer on its own thread and no reader.',
  run: (context) => withLog(context.directory, (log) => measure(log, context)),
}
