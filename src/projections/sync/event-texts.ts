import type { RecordedEvent } from '../../ports/event-log.ts'
import { ascii } from '../reading/ascii-text.ts'
import { encodeEvent } from '../reading/encode-event.ts'

/** Where the JSON text of an event is, with a comma behind it; its neighbours' texts are in the same bytes. */
export interface TextPlace {
  readonly bytes: Buffer
  readonly start: number
  readonly end: number
}

/**
 * Texts of events, made once for as long as the log keeps the event that it has read: when all devices come back at
 * once, the members of a conversation are sent the same bytes. An event whose body is withheld or blanked is
 * another object, with its own text.
 */
export interface EventTexts {
  /** `ahead`: the event and those that follow, some of which are encoded with it. */
  placeOf(event: RecordedEvent, ahead: () => readonly RecordedEvent[]): TextPlace
}

/** How much is encoded at once; the last event may exceed it. */
const stretchBytes = 64 * 1024

const comma = 0x2c

export const createEventTexts = (): EventTexts => {
  const places = new WeakMap<RecordedEvent, TextPlace>()

  /** Up to one that is encoded already. */
  const textsOf = (events: readonly RecordedEvent[]): { texts: readonly string[]; size: number } => {
    const texts: string[] = []
    let size = 0
    for (const event of events) {
      if (size >= stretchBytes || places.has(event)) break
      const text = ascii(encodeEvent(event))
      texts.push(text)
      size += text.length + 1
    }
    return { texts, size }
  }

  const encode = (events: readonly RecordedEvent[]): void => {
    const { texts, size } = textsOf(events)
    const bytes = Buffer.allocUnsafeSlow(size)
    let start = 0
    for (const [index, text] of texts.entries()) {
      const event = events[index]
      const end = start + bytes.write(text, start, 'latin1') + 1
      bytes[end - 1] = comma
      if (event !== undefined) places.set(event, { bytes, start, end })
      start = end
    }
  }

  return {
    placeOf(event, ahead) {
      const known = places.get(event)
      if (known !== undefined) return known
      encode(ahead())
      const made = places.get(event)
      if (made === undefined) throw new Error('An event is not among those that are read')
      return made
    },
  }
}
