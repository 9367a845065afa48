import type { EventLog } from '../../src/ports/event-log.ts'
import type { ConversationSeed } from './conversation-seed.ts'

/** Appends each conversation's start. */
export const startAll = async (log: EventLog, seeds: readonly ConversationSeed[]): Promise<void> => {
  await Promise.all(seeds.map(({ stream, start }) => log.append(stream, start(), 'no_stream')))
}

/** Appends `count` messages, one conversation after the other in turn. */
export const addMessages = async (log: EventLog, seeds: readonly ConversationSeed[], count: number): Promise<void> => {
  const atOnce = 2000
  for (let done = 0; done < count; done += atOnce) {
    const some = Array.from(
      { length: Math.min(atOnce, count - done) },
      (_, index) => seeds[(done + index) % seeds.length],
    )
    const append = ({ stream, message }: ConversationSeed) => {
      const { events, expected } = message()
      return log.append(stream, events, expected)
    }
    await Promise.all(some.flatMap((seed) => (seed === undefined ? [] : [append(seed)])))
  }
}
