import { hasBody } from '../../domain/event-types.ts'
import { idOfStream } from '../../domain/stream-names.ts'

/** The columns of a stored event that its wire form is made of. */
export interface EncodableEvent {
  readonly stream: string
  readonly revision: number
  readonly position: bigint
  readonly type: string
  readonly at: number
  readonly userId: string
  readonly deviceId: string
  /** A JSON object as text. */
  readonly data: string
  readonly body: string | null
}

/**
 * Null says that it was deleted or has expired, and of a GroupCommitted, whose body is its commit, that the commit is a
 * blob.
 */
const withCiphertext = (data: string, body: string | null): string => {
  const ciphertext = body === null ? 'null' : `"${body}"`
  return data === '{}' ? `{"ciphertext":${ciphertext}}` : `${data.slice(0, -1)},"ciphertext":${ciphertext}}`
}

/**
 * The wire form [C5] as JSON text, by concatenation: `data` is not parsed. Safe because ids and base64 hold no character
 * that JSON escapes, which the edge enforces.
 */
export const encodeEvent = (event: EncodableEvent): string => {
  const id = idOfStream(event.stream)
  const kind = event.stream.slice(0, -1 - id.length)
  const data = hasBody(event.type) ? withCiphertext(event.data, event.body) : event.data
  return (
    `{"stream":{"kind":"${kind}","id":"${id}"},"revision":${event.revision},` +
    `"position":"${event.position}","type":"${event.type}","at":${event.at},` +
    `"actor":{"userId":"${event.userId}","deviceId":"${event.deviceId}"},"data":${data}}`
  )
}
