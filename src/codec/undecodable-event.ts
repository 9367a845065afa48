import type { NewEvent } from '../ports/event-log.ts'

/** The columns of a stored event that decoding looks at. */
export interface StoredEvent
  extends Pick<NewEvent, 'type' | 'version' | 'at' | 'userId' | 'deviceId' | 'data' | 'body' | 'target'> {
  readonly stream?: string
  readonly revision?: number
}

export type UndecodableReason = 'unknown_type' | 'unknown_version' | 'not_json' | 'invalid'

/**
 * An event of the log that this version of the program does not understand. `message` names the event, and for
 * `invalid` the wrong fields, never a value.
 */
export class UndecodableEvent extends Error {
  readonly reason: UndecodableReason
  readonly type: string
  readonly version: number
  constructor(reason: UndecodableReason, event: StoredEvent, detail = '') {
    const place = event.stream === undefined ? '' : ` at ${event.stream}@${event.revision ?? '?'}`
    super(`event ${event.type} v${event.version}${place}: ${reason}${detail === '' ? '' : ` (${detail})`}`)
    this.name = 'UndecodableEvent'
    this.reason = reason
    this.type = event.type
    this.version = event.version
  }
}

/** The result of `decode` for an event; undefined for one that this version of the program does not understand. */
export const ifUnderstood = <Stored extends StoredEvent, Event>(
  decode: (stored: Stored) => Event,
  stored: Stored,
): Event | undefined => {
  try {
    return decode(stored)
  } catch (error) {
    if (error instanceof UndecodableEvent) return undefined
    throw error
  }
}
