import type { ClientEvent, Signal } from './client-events.ts'
import { createEventReader, type EventReader } from './event-reader.ts'

type Any = ClientEvent | Signal
type Matching<Event extends Any, Type> = Event extends Any ? (Type extends Event['type'] ? Event : never) : never
type EventOf<Type extends Any['type']> = Matching<Any, Type>
type Handler<Type extends Any['type']> = (event: EventOf<Type>) => unknown

export interface EventFeed {
  /**
   * Each event once, in order. Requesting the next one confirms the last one. From the first call on, events wait
   * for an iterator: while none is open, or one is not read, nothing is handed over.
   */
  events(): AsyncIterableIterator<ClientEvent>
  /**
   * Calls back for each event of a type; a returned promise is awaited before the next event. Returns a function
   * that stops this.
   */
  on<Type extends Any['type']>(type: Type, handler: Handler<Type>): () => void
  /** Resolves when all handlers and iterators are done with it; false when the feed ended before. */
  publish(event: ClientEvent): Promise<boolean>
  signal(signal: Signal): void
  /** Is there a handler for this type? */
  hears(type: Any['type']): boolean
  /** Ends all iterators. */
  end(): void
}

/** `onThrown`: by a handler of that type. */
export const createEventFeed = (onThrown: (thrown: unknown, type: Any['type']) => void): EventFeed => {
  const handlers = new Map<string, Set<(event: never) => unknown>>()
  const readers = new Set<EventReader>()
  let wasRead = false
  let ended = false
  let awaited: (() => void) | undefined

  const call = async (event: Any): Promise<void> => {
    for (const handler of handlers.get(event.type) ?? [])
      try {
        await handler(event as never)
      } catch (thrown) {
        onThrown(thrown, event.type)
      }
  }
  const untilRead = async () => {
    while (wasRead && readers.size === 0 && !ended)
      await new Promise<void>((resolve) => {
        awaited = resolve
      })
  }
  /** An iterator that ended before it took the event leaves it to the next one. */
  const read = async (event: ClientEvent): Promise<boolean> => {
    for (;;) {
      await untilRead()
      if (ended) return false
      const given = await Promise.all([...readers].map((reader) => reader.give(event)))
      if (given.length === 0 || given.includes(true)) return true
    }
  }

  return {
    events: () => {
      const reader = createEventReader(() => readers.delete(reader))
      readers.add(reader)
      wasRead = true
      awaited?.()
      return reader.iterator
    },
    on: (type, handler) => {
      const set = handlers.get(type) ?? new Set()
      handlers.set(type, set.add(handler))
      return () => set.delete(handler)
    },
    publish: async (event) => {
      const handedOver = await read(event)
      if (handedOver) await call(event)
      return handedOver
    },
    signal: (signal) => void call(signal),
    hears: (type) => (handlers.get(type)?.size ?? 0) > 0,
    end: () => {
      ended = true
      for (const reader of readers) reader.end()
      readers.clear()
      awaited?.()
    },
  }
}
