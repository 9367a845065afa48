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
 * Event types that carry a ciphertext; null says that it was deleted or has expired, and of a GroupCommitted, whose
 * body is its commit, that the commit is a blob.
 */
const withBody: ReadonlySet<string> = new Set([
  'MessageSent',
  'MessageEdited',
  'MessageReacted',
  'ControlSent',
  'GroupCommitted',
])

const withCiphertext = (data: string, body: string | null): string => {
  const ciphertext = body === null ? 'null' : `"${body}"`
  return data === '{}' ? `{"ciphertext":${ciphertext}}` : `${data.slice(0, -1)},"ciphertext":${ciphertext}}`
}

/**
 * The wire form [C5] as JSON text, by concatenation: `data` is not parsed. Safe because ids and base64 hold no character
 * that JSON escapes, which the edge enforces.
 */
export const encodeEvent = (event: EncodableEvent): string => {
  const dash = event.stream.indexOf('-')
  const data = withBody.has(event.type) ? withCiphertext(event.data, event.body) : event.data
  return (
    `{"stream":{"kind":"${event.stream.slice(0, dash)}","id":"${event.stream.slice(dash + 1)}"},"revision":${event.revision},` +
    `"position":"${event.position}","type":"${event.type}","at":${event.at},` +
    `"actor":{"userId":"${event.userId}","deviceId":"${event.deviceId}"},"data":${data}}`
  )
}
