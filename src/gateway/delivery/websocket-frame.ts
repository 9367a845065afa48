/**
 * Frames of a server are not masked, so their bytes can be composed here and shared between sockets. Text is ASCII,
 * so its length is its size and it can be written as latin1, header included: one string, one write.
 */
const finalText = String.fromCharCode(0x81)
const byte = (value: number, shift: number): string => String.fromCharCode((value >>> shift) & 0xff)
const zeros = String.fromCharCode(0, 0, 0, 0)

const header = (length: number): string => {
  if (length < 126) return finalText + String.fromCharCode(length)
  if (length < 65_536) return finalText + String.fromCharCode(126) + byte(length, 8) + byte(length, 0)
  return (
    finalText +
    String.fromCharCode(127) +
    zeros +
    byte(length, 24) +
    byte(length, 16) +
    byte(length, 8) +
    byte(length, 0)
  )
}

/** One text frame (RFC 6455 5.2), to be written as latin1. `text` must be ASCII. */
export const textFrame = (text: string): string => header(text.length) + text

/** A text that consists partly of bytes, which others may be sent as well. */
export type TextParts = readonly (string | Buffer)[]

export const partsFrame = (parts: TextParts): TextParts => [
  header(parts.reduce((length, part) => length + part.length, 0)),
  ...parts,
]

/** The same as bytes that many sockets may share. */
export const sharedFrame = (text: string): Buffer => Buffer.from(textFrame(text), 'latin1')

/** An empty ping; `ws` answers for the pong. */
export const pingFrame = String.fromCharCode(0x89, 0)
