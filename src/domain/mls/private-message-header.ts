import { asciiText } from './byte-reader.ts'
import { contentTypes, wireFormats } from './wire-format.ts'

/** The public part of a PrivateMessage. */
export interface PrivateMessageHeader {
  readonly groupId: string
  readonly epoch: number
}

/**
 * Long enough for the header of a message with a group id of up to 50 bytes. Divisible by three, so that base64 can
 * be cut there.
 */
export const headerBytes = 66

const longestGroupId = 63
const mls10 = 1

/** Big-endian. */
const uint32At = (bytes: Uint8Array, at: number): number =>
  (((bytes[at] ?? 0) << 24) | ((bytes[at + 1] ?? 0) << 16) | ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0)) >>> 0

const version = 0x10000 * mls10 + wireFormats.privateMessage
const epochs = 2 ** 32
/** Epochs are u64. No group reaches 2^53. */
const highestEpoch = 2 ** 21

/**
 * The header of an MLS PrivateMessage that frames application data; undefined for anything else, and for a group id
 * of more than 63 bytes. Version, wire format, length and group id, epoch, content type: it is read by offset and
 * without a reader, because every message passes here.
 */
export const parsePrivateMessageHeader = (bytes: Uint8Array): PrivateMessageHeader | undefined => {
  const size = bytes[4] ?? 0
  const end = 5 + size
  if (uint32At(bytes, 0) !== version || size > longestGroupId || bytes.length < end + 9) return undefined
  const high = uint32At(bytes, end)
  if (bytes[end + 8] !== contentTypes.application || high >= highestEpoch) return undefined
  const groupId = asciiText(bytes.subarray(5, end))
  return groupId === undefined ? undefined : { groupId, epoch: high * epochs + uint32At(bytes, end + 4) }
}
