import type { RecordedEvent } from '../../../src/ports/event-log.ts'
import { ascii } from '../../../src/projections/reading/ascii-text.ts'
import { encodeEvent } from '../../../src/projections/reading/encode-event.ts'
import { type EncodedEvents, textOf } from '../../../src/projections/reading/encoded-events.ts'

/** The JSON texts of a page's events, one by one. */
export const textsOf = ({ events }: { readonly events: EncodedEvents }): readonly string[] => {
  const found: readonly unknown[] = JSON.parse(`[${textOf(events)}]`)
  if (found.length !== events.count) throw new Error(`${found.length} events, and a count of ${events.count}`)
  return found.map((event) => JSON.stringify(event))
}

export const encoded = (events: readonly RecordedEvent[]): EncodedEvents => {
  const text = ascii(events.map(encodeEvent).join(','))
  return { count: events.length, pieces: text === '' ? [] : [Buffer.from(text, 'latin1')] }
}
