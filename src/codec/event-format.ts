import { type StoredEvent, UndecodableEvent } from './undecodable-event.ts'

type EventData = Readonly<Record<string, unknown>>

/** An event's payload in some version of its type. */
interface Payload {
  readonly type: string
  readonly version: number
  readonly data: EventData
}

/** Turns a payload of one older type and version into a newer one; may look at the event's other columns. Pure. */
export type Upcaster = (data: EventData, event: StoredEvent) => Payload

/** The type and version that an upcaster takes, for example `MembersAdded.v1`. */
export type UpcasterKey = `${string}.v${number}`

export interface EventFormat {
  /** The payload in its newest version. Throws `UndecodableEvent`. Checked only for being a JSON object. */
  decode(event: StoredEvent): Payload
}

const parse = (event: StoredEvent): EventData => {
  let data: unknown
  try {
    data = JSON.parse(event.data)
  } catch {
    throw new UndecodableEvent('not_json', event)
  }
  if (typeof data !== 'object' || data === null || Array.isArray(data)) throw new UndecodableEvent('not_json', event)
  return data as EventData
}

/**
 * A log is read for ever: every type and version that was ever written must lead, upcaster by upcaster, to a
 * current one. A type that was renamed or split lives on in `upcasters` alone. Recorded files of each version prove
 * it in the tests.
 */
export const createEventFormat = (
  current: Readonly<Record<string, number>>,
  upcasters: Readonly<Record<UpcasterKey, Upcaster>> = {},
): EventFormat => {
  const versions = new Map(Object.entries(current))
  const steps = new Map<string, Upcaster>(Object.entries(upcasters))
  const known = new Set([...versions.keys(), ...[...steps.keys()].map((key) => key.slice(0, key.lastIndexOf('.v')))])

  const upcast = (event: StoredEvent): Payload => {
    let payload: Payload = { type: event.type, version: event.version, data: parse(event) }
    // Each step is taken at most once, so a circle of upcasters ends as an error.
    for (let left = steps.size; left >= 0; left -= 1) {
      if (versions.get(payload.type) === payload.version) return payload
      const step = steps.get(`${payload.type}.v${payload.version}`)
      if (step === undefined) break
      payload = step(payload.data, event)
    }
    throw new UndecodableEvent(known.has(event.type) ? 'unknown_version' : 'unknown_type', event)
  }

  return {
    decode: (event) =>
      versions.get(event.type) === event.version
        ? { type: event.type, version: event.version, data: parse(event) }
        : upcast(event),
  }
}
