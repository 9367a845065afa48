import { limits } from '@backscroll/protocol/limits'
import { sealedPrefix } from '@backscroll/protocol/sealed-text'
import { sha256 } from '@noble/hashes/sha2.js'
import { fromBase64, toBase64 } from '../encoding/base64.ts'
import { type Bytes, concat, randomBytes, utf8 } from '../encoding/bytes.ts'
import { E2eeError } from '../errors/e2ee-error.ts'
import { deriveAesKey, open, seal } from './aes.ts'

/**
 * A group's name and description: the server keeps them for later members, under a key that travels in messages
 * [E6].
 */
export type TextField = 'name' | 'description'

/** What it belongs to: the server cannot show it as that of another conversation, nor a name as a description. */
export interface TextPlace {
  readonly conversationId: string
  readonly field: TextField
}

const idLength = 16
const overhead = idLength + 12 + 16
/** Lengths are padded to multiples of this many bytes. */
const step = 64
const endOfText = 0x80

/** How many bytes fit. */
export const longestText = (field: TextField): number => {
  const room = ((limits[field] - sealedPrefix.length) / 4) * 3 - overhead
  return Math.floor(room / step) * step - 1
}

/** 32 bytes, for one name or description: a new one gets a new key. */
export const createTextKey = (): Bytes => randomBytes(32)

/** A commitment: nobody can make another key that has the same id. Base64. */
export const textKeyId = (key: Uint8Array): string =>
  toBase64(sha256(concat(utf8('backscroll text key v1\0'), key)).subarray(0, idLength))

const bytesOf = (sealed: string): Uint8Array | undefined => {
  if (!sealed.startsWith(sealedPrefix)) return undefined
  try {
    const bytes = fromBase64(sealed.slice(sealedPrefix.length))
    return bytes.length > overhead ? bytes : undefined
  } catch {
    return undefined
  }
}

/** The id of the key that opens it; undefined for a text that was never sealed. */
export const keyIdOf = (sealed: string): string | undefined => {
  const bytes = bytesOf(sealed)
  return bytes && toBase64(bytes.subarray(0, idLength))
}

const padded = (text: Uint8Array): Bytes => {
  const bytes = new Uint8Array(Math.ceil((text.length + 1) / step) * step)
  bytes.set(text)
  bytes[text.length] = endOfText
  return bytes
}

const unpadded = (bytes: Uint8Array): Uint8Array => {
  const end = bytes.lastIndexOf(endOfText)
  if (end === -1 || bytes.subarray(end + 1).some((byte) => byte !== 0)) throw new E2eeError('malformed')
  return bytes.subarray(0, end)
}

const aesKey = (key: Uint8Array) => deriveAesKey(key, new Uint8Array(), 'backscroll sealed text v1')
const aadOf = ({ conversationId, field }: TextPlace) => utf8(`${conversationId}\0${field}`)

/** At most `longestText` bytes. Gives another ciphertext each time. */
export const sealText = async (key: Uint8Array, place: TextPlace, text: Uint8Array): Promise<string> => {
  const sealed = await seal(await aesKey(key), padded(text), aadOf(place))
  return `${sealedPrefix}${toBase64(concat(fromBase64(textKeyId(key)), sealed))}`
}

/** Throws `wrong_key` (another key, another place, or damage) or `malformed`. */
export const openText = async (key: Uint8Array, place: TextPlace, sealed: string): Promise<Uint8Array> => {
  const bytes = bytesOf(sealed)
  if (bytes === undefined) throw new E2eeError('malformed')
  if (keyIdOf(sealed) !== textKeyId(key)) throw new E2eeError('wrong_key')
  return unpadded(await open(await aesKey(key), bytes.subarray(idLength), aadOf(place)))
}
