import { sealedPrefix } from '@backscroll/protocol/sealed-text'

/** A name that is sealed as far as a server can tell, and hides nothing: for tests of the server. Decoded, it contains the text. */
export const sealedForm = (text: string): string => {
  const bytes = Buffer.from(text)
  const padded = Buffer.concat([bytes, Buffer.alloc(64 - (bytes.length % 64))])
  return sealedPrefix + Buffer.concat([Buffer.alloc(28), padded, Buffer.alloc(16)]).toString('base64')
}
