import { fromBase64 } from '../encoding/base64.ts'
import { type Content, decodeContent } from './message-content.ts'

/** The content of a message. Both undefined: nothing, or nothing that this client can read. */
export interface Readable {
  readonly content: Content | undefined
  /** The text as UTF-8, or the application's own bytes. */
  readonly plaintext: Uint8Array | undefined
}

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text)

const bytesOf = ({ type, body }: Content): Uint8Array => {
  switch (type) {
    case 'bytes':
      return fromBase64(body.bytes)
    case 'reaction':
      return utf8(body.emoji)
    case 'poll':
      return utf8(body.question)
    case 'vote':
    case 'poll_closed':
      return utf8('')
    default:
      return utf8(body.text ?? '')
  }
}

export const readableOf = (envelope: Uint8Array | undefined): Readable => {
  const read = envelope && decodeContent(envelope)
  if (read === undefined || !read.known) return { content: undefined, plaintext: undefined }
  return { content: read.content, plaintext: bytesOf(read.content) }
}
