import type { NewEvent, RecordedEvent } from '../../../src/ports/event-log.ts'

export const logEvent = (id: string, more: Partial<NewEvent> = {}): NewEvent => ({
  id,
  type: 'MessageSent',
  version: 1,
  at: 1_760_000_000_000,
  userId: 'alice',
  deviceId: 'phone',
  data: `{"id":"${id}"}`,
  body: `body of ${id}`,
  ...more,
})

/** An event of a version that nobody understands. */
export const unknownEvent = (type: string): NewEvent => logEvent('x', { type, version: 99, data: '{}', body: null })

/** `count` events with the ids `<prefix>0`, `<prefix>1` and so on. */
export const logEvents = (prefix: string, count: number): NewEvent[] =>
  Array.from({ length: count }, (_, index) => logEvent(`${prefix}${index}`))

export const idsOf = (events: readonly RecordedEvent[]): string[] => events.map(({ id }) => id)
