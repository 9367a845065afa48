import { createMemoryLog, type MemoryLog } from '../../../src/adapters/memory/event-log.ts'
import type { EventLog } from '../../../src/ports/event-log.ts'

/** A log in memory that a test can take away, and give back: whoever calls it meanwhile waits until then. */
export interface GatedLog {
  readonly log: EventLog
  /** Past the gate. */
  readonly memory: MemoryLog
  away(): void
  back(): void
}

export const createGatedLog = (memory: MemoryLog = createMemoryLog()): GatedLog => {
  let gate: PromiseWithResolvers<void> | undefined
  const pass = async (): Promise<void> => {
    while (gate !== undefined) await gate.promise
  }
  return {
    memory,
    log: {
      ...memory,
      head: async () => {
        await pass()
        return memory.head()
      },
      readStream: async (slice) => {
        await pass()
        return memory.readStream(slice)
      },
      readAll: async (after, limit) => {
        await pass()
        return memory.readAll(after, limit)
      },
      append: async (stream, events, expected) => {
        await pass()
        return memory.append(stream, events, expected)
      },
      subscribe: (after, handler, options) =>
        memory.subscribe(
          after,
          async (events) => {
            await pass()
            await handler(events)
          },
          options,
        ),
    },
    away: () => {
      gate ??= Promise.withResolvers()
    },
    back: () => {
      gate?.resolve()
      gate = undefined
    },
  }
}
