/**
 * Reads the presentation language of RFC 9420 (section 2.1) from untrusted bytes. Never throws. After a read past
 * the end, or a length that is too long or not minimal, the reader stays `failed`, and every further read returns
 * zero or nothing.
 */
export interface ByteReader {
  u8(): number
  u16(): number
  u32(): number
  u64(): bigint
  /** Bytes of a variable-length vector; a view, not a copy. */
  vector(): Uint8Array
  /** A reader of a variable-length vector. When it fails, this reader has failed too. */
  nested(): ByteReader
  /** The bytes from `start` to the present position. */
  since(start: number): Uint8Array
  fail(): void
  readonly offset: number
  readonly atEnd: boolean
  readonly failed: boolean
}

interface Status {
  failed: boolean
}

const nothing = new Uint8Array(0)

export const createByteReader = (bytes: Uint8Array, status: Status = { failed: false }): ByteReader => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let at = 0

  /** Where the next `count` bytes begin; undefined, and failed, if fewer are left. */
  const take = (count: number): number | undefined => {
    if (status.failed || count > bytes.length - at) {
      status.failed = true
      return undefined
    }
    at += count
    return at - count
  }

  const number = (count: 1 | 2 | 4): number => {
    const from = take(count)
    if (from === undefined) return 0
    return count === 1 ? view.getUint8(from) : count === 2 ? view.getUint16(from) : view.getUint32(from)
  }

  /** RFC 9420, 2.1.2: two bits give the number of bytes of the length, which must be the smallest that fits. */
  const length = (): number => {
    const prefix = (bytes[at] ?? 0) >> 6
    if (prefix === 0) return number(1)
    if (prefix === 1) return atLeast(64, number(2) & 0x3fff)
    if (prefix === 2) return atLeast(0x4000, number(4) & 0x3fffffff)
    status.failed = true
    return 0
  }

  const atLeast = (minimum: number, value: number): number => {
    if (value < minimum) status.failed = true
    return value
  }

  const vector = (): Uint8Array => {
    const count = length()
    const from = take(count)
    return from === undefined ? nothing : bytes.subarray(from, from + count)
  }

  return {
    u8: () => number(1),
    u16: () => number(2),
    u32: () => number(4),
    u64: () => {
      const from = take(8)
      return from === undefined ? 0n : view.getBigUint64(from)
    },
    vector,
    nested: () => createByteReader(vector(), status),
    since: (start) => bytes.subarray(start, at),
    fail: () => {
      status.failed = true
    },
    get offset() {
      return at
    },
    get atEnd() {
      return status.failed || at === bytes.length
    },
    get failed() {
      return status.failed
    },
  }
}

const ascii = /^[\x20-\x7e]*$/

/** Plain ASCII text, as group ids are here; undefined for anything else. */
export const asciiText = (bytes: Uint8Array): string | undefined => {
  if (bytes.length > 256) return undefined
  // Spreading the bytes takes four times as long, and every message passes here.
  const text: string = Reflect.apply(String.fromCharCode, String, bytes)
  return ascii.test(text) ? text : undefined
}

/** Epochs are u64. No group reaches 2^53, so a larger one fails. */
export const readEpoch = (reader: ByteReader): number => {
  const epoch = reader.u64()
  if (epoch > BigInt(Number.MAX_SAFE_INTEGER)) reader.fail()
  return Number(epoch)
}
