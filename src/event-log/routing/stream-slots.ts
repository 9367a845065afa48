import { idOfStream } from '../../domain/stream-names.ts'

const utf8 = new TextEncoder()

/** FNV-1a, 32 bits. */
const hash = (text: string): number =>
  utf8.encode(text).reduce((sum, byte) => Math.imul(sum ^ byte, 0x01000193), 0x811c9dc5) >>> 0

/** Without it the low bits would depend on the low bits of the text alone. */
const mix = (value: number): number => {
  const once = Math.imul(value ^ (value >>> 16), 0x85ebca6b)
  const twice = Math.imul(once ^ (once >>> 13), 0xc2b2ae35)
  return (twice ^ (twice >>> 16)) >>> 0
}

/**
 * The partition of a stream, from 0: FNV-1a over the UTF-8 of its id, finished as in MurmurHash3. The streams of
 * one conversation stay together. Every process and every view that is stored by partition relies on it, so it
 * never changes.
 */
export const partitionOf = (stream: string, partitions: number): number => mix(hash(idOfStream(stream))) % partitions

/** How many slots several logs share among them. */
export const slots = 4096

/** The slot of a stream: the same hash. It never changes either. */
export const slotOf = (stream: string): number => partitionOf(stream, slots)
