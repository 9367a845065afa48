import { decodeConversationEvent } from '../../src/codec/conversation-codec.ts'
import { type ConversationState, evolve, initialState } from '../../src/domain/conversation/conversation-state.ts'
import type { EventReader, RecordedEvent } from '../../src/ports/event-log.ts'
import { goalRow, median, number } from '../report/row.ts'
import { seedConversation } from '../seed/conversation-seed.ts'
import { addMessages, startAll } from '../seed/fill-log.ts'
import type { Bench } from './bench.ts'
import { withLog } from './solo.ts'

const readEverything = async (log: EventReader): Promise<readonly RecordedEvent[]> => {
  const all: RecordedEvent[] = []
  for (let after = 0n; ; ) {
    const page = await log.readAll(after, 1000)
    const last = page.at(-1)
    if (last === undefined) return all
    all.push(...page)
    after = last.position
  }
}

const fold = (events: readonly RecordedEvent[]): void => {
  const states = new Map<string, ConversationState>()
  for (const event of events) {
    const state = states.get(event.stream) ?? initialState()
    states.set(event.stream, evolve(state, decodeConversationEvent(event)))
  }
}

const rateOf = async (count: number, run: () => unknown): Promise<number> => {
  const start = performance.now()
  await run()
  return (count / (performance.now() - start)) * 1000
}

export const replay: Bench = {
  name: 'replay',
  title: 'Replay',
  method: 'Every event of 1,000 conversations of two, decoded and folded into the state that commands are decided on.',
  run: ({ directory, quick, progress }) =>
    withLog(directory, async (log) => {
      const seeds = Array.from({ length: 1000 }, (_, index) => seedConversation(index, ['ann', 'ben']))
      await startAll(log, seeds)
      await addMessages(log, seeds, quick ? 50_000 : 200_000)
      const events = await readEverything(log)
      const [inMemory, fromFile]: [number[], number[]] = [[], []]
      for (let round = 0; round < 6; round += 1) {
        inMemory.push(await rateOf(events.length, () => fold(events)))
        fromFile.push(await rateOf(events.length, async () => fold(await readEverything(log))))
      }
      progress(`${number(median(inMemory), 'events/s')}, from the file ${number(median(fromFile), 'events/s')}`)
      return [
        goalRow('Replay in memory: events/s', median(inMemory), '', { atLeast: 400_000 }),
        { figure: 'Replay with reading the file: events/s', measured: number(median(fromFile), '') },
      ]
    }),
}
