import { createCipheriv, createDecipheriv, createSecretKey, hash, type KeyObject, randomBytes } from 'node:crypto'

/** Which keys a body is sealed under. */
export interface SealPlace {
  readonly life: string
  /** Revision of the message that the event belongs to: its own, or that of its target. */
  readonly root: number
  /** The revision that the event should have. */
  readonly own: number
}

/** A separator that cannot occur in a body: base64 has neither sign. */
const begin = '~1.'

const cipherName = 'aes-256-gcm'
const [nonceSize, tagSize] = [12, 16]

/**
 * Both keys are needed: one alone is useless. Bound to the event, so that a body cannot be moved to another one. A
 * plain hash is enough: both keys have one length and come first, and the result is shown to nobody; an HMAC costs
 * six times as much. A key object, because Node finds out by two exceptions, each with its stack, that a buffer is
 * none: that costs more than the cipher.
 */
const keyOf = (root: Uint8Array, own: Uint8Array, stream: string, id: string): KeyObject =>
  createSecretKey(hash('sha256', Buffer.concat([root, own, Buffer.from(`${stream.length}:${stream}${id}`)]), 'buffer'))

/** Base64 is stored as the bytes that it stands for. */
const [asText, asBase64] = [0, 1]

const toPlain = (body: string): Buffer => {
  const bytes = Buffer.allocUnsafe(1 + Buffer.byteLength(body, 'base64'))
  const end = 1 + bytes.write(body, 1, 'base64')
  if (bytes.toString('base64', 1, end) !== body) return Buffer.concat([Uint8Array.of(asText), Buffer.from(body)])
  bytes[0] = asBase64
  return bytes.subarray(0, end)
}

const fromPlain = (plain: Buffer): string => plain.subarray(1).toString(plain[0] === asBase64 ? 'base64' : 'utf8')

/** Random bytes are fetched for many nonces at a time: a call for twelve costs as much as one for thousands. */
const createNonces = (): (() => Buffer) => {
  let pool = Buffer.alloc(0)
  return () => {
    if (pool.length === 0) pool = randomBytes(nonceSize * 256)
    const nonce = pool.subarray(0, nonceSize)
    pool = pool.subarray(nonceSize)
    return nonce
  }
}
const nextNonce = createNonces()

/** The keys at the root's and at the event's own leaf. */
export interface SealKeys {
  readonly root: Uint8Array
  readonly own: Uint8Array
}

interface Sealed {
  readonly stream: string
  readonly id: string
}

export const sealText = (body: string, { root, own }: SealKeys, { stream, id }: Sealed, place: SealPlace): string => {
  const nonce = nextNonce()
  const cipher = createCipheriv(cipherName, keyOf(root, own, stream, id), nonce)
  const sealed = Buffer.concat([nonce, cipher.update(toPlain(body)), cipher.final(), cipher.getAuthTag()])
  return `${begin}${place.life}.${place.root}.${place.own}.${sealed.toString('base64')}`
}

const form = /^~1\.([^.]+)\.(\d+)\.(\d+)\./

/** Undefined for a body that is not sealed: of an event from before sealing, or of a type that is not sealed. */
export const placeOfSealed = (body: string): SealPlace | undefined => {
  if (!body.startsWith(begin)) return undefined
  const [, life, root, own] = form.exec(body) ?? []
  return life === undefined ? undefined : { life, root: Number(root), own: Number(own) }
}

/** Null for anything that these keys did not seal. */
export const openText = (body: string, { root, own }: SealKeys, { stream, id }: Sealed): string | null => {
  const sealed = Buffer.from(body.slice(body.lastIndexOf('.') + 1), 'base64')
  const decipher = createDecipheriv(cipherName, keyOf(root, own, stream, id), sealed.subarray(0, nonceSize))
  decipher.setAuthTag(sealed.subarray(-tagSize))
  try {
    return fromPlain(Buffer.concat([decipher.update(sealed.subarray(nonceSize, -tagSize)), decipher.final()]))
  } catch {
    return null
  }
}
