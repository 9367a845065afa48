import { z } from 'zod'
import { fromBase64 } from '../encoding/base64.ts'
import { imageSize } from './image-size.ts'

/** Pixels of the longer side. A small image file can claim a size that takes gigabytes to show. */
export const largestThumbnail = 1024
/** Base64 characters. */
export const longestThumbnail = 16_384
const longestName = 255
/** Controls, separators of paths, and signs that reverse the text around them, as in `photo\u202egnp.exe`. */
const unfit = /[\p{Cc}\p{Cs}\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069/\\]/gu

/** A name that is safe to show, and to save under. Undefined if nothing is left of it. */
const fileName = (given: string): string | undefined => {
  const start = given.slice(0, 4 * longestName)
  const name = start.replace(unfit, '').replace(/^[.\s]+/, '')
  return name.slice(0, longestName).trim() || undefined
}

const isSmallImage = (base64: string): boolean => {
  const size = imageSize(fromBase64(base64))
  return size !== undefined && Math.max(size.width, size.height) <= largestThumbnail
}

/** What is not fit to be shown is left out. The file stays. */
const orNothing = <Value extends z.ZodType>(schema: Value) => schema.optional().catch(undefined)
const pixels = z.int().min(1).max(1_000_000)

/** A file on the server, encrypted under `key` by `encryptStream`; only a reader of the message can open it. */
export const attachment = z.object({
  mediaId: z.string(),
  /** Base64 of 32 bytes. */
  key: z.base64(),
  /** Hex SHA-256 of the encrypted bytes. */
  hash: z.string(),
  /** Bytes before encryption. */
  size: z.int().min(0),
  /** What the sender says that it is. */
  contentType: z
    .string()
    .max(255)
    .regex(/^[\w.+-]+\/[\w.+-]+(;.*)?$/)
    .catch('application/octet-stream'),
  name: orNothing(z.string().transform(fileName)),
  /** How to show the file, if the sender has said so. */
  kind: orNothing(z.enum(['image', 'video', 'voice', 'document'])),
  /** Pixels. */
  width: orNothing(pixels),
  height: orNothing(pixels),
  durationMs: orNothing(z.int().min(0)),
  /** Loudness from 0 to 255, base64. */
  waveform: orNothing(z.base64().max(1024)),
  /**
   * A small preview in base64, to show before the file is loaded: a PNG, JPEG or WebP image of at most 1,024 pixels a
   * side.
   */
  thumbnail: orNothing(z.base64().max(longestThumbnail).pipe(z.string().refine(isSmallImage))),
  /** Another preview. */
  blurhash: orNothing(z.string().max(128)),
})

export type Attachment = z.output<typeof attachment>
