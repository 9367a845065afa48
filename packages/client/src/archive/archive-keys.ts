import { z } from 'zod'
import { sign, verify } from '../crypto/signatures.ts'
import { fromBase64, toBase64, toBase64Url } from '../encoding/base64.ts'
import { type Bytes, concat, fromUtf8, randomBytes, utf8 } from '../encoding/bytes.ts'
import { E2eeError, failingAs } from '../errors/e2ee-error.ts'
import { mlsSuite } from '../mls/library/mls-suite.ts'
import type { Device } from '../trust/device-certificate.ts'

/** A key pair of X25519, base64. */
export interface ArchiveKeyPair {
  readonly publicKey: string
  readonly privateKey: string
}

/** Who asks whom for which archive. All of it is signed and sealed with the key. */
export interface TransferPlace {
  readonly userId: string
  readonly archiveId: string
  /** The device that asks. */
  readonly deviceId: string
  /** The key that it has made for this archive. Base64. */
  readonly publicKey: string
}

const info = utf8('backscroll history transfer v1')
const encLength = 32

export const newArchiveId = (): string => toBase64Url(randomBytes(16))
export const newArchiveKey = (): Bytes => randomBytes(32)

export const createArchiveKeyPair = async (): Promise<ArchiveKeyPair> => {
  const { hpke } = await mlsSuite()
  const { publicKey, privateKey } = await hpke.generateKeyPair()
  const [shared, kept] = [await hpke.exportPublicKey(publicKey), await hpke.exportPrivateKey(privateKey)]
  return { publicKey: toBase64(shared), privateKey: toBase64(kept) }
}

const bytesOfRequest = ({ userId, archiveId, deviceId, publicKey }: TransferPlace): Bytes =>
  utf8(`backscroll history request v1\0${userId}\0${archiveId}\0${deviceId}\0${publicKey}\0`)

/** The request, signed by the device that asks, so that the server cannot put its own key there. */
export const signRequest = async (device: Device, place: TransferPlace): Promise<string> =>
  toBase64(await sign(device.keys.privateKey, bytesOfRequest(place)))

export const isRequestGenuine = (signatureKey: string, place: TransferPlace, signature: string): Promise<boolean> =>
  verify(fromBase64(signatureKey), fromBase64(signature), bytesOfRequest(place))

const offer = z.object({
  v: z.literal(1),
  /** Base64: `enc` and the ciphertext of HPKE. */
  sealed: z.base64(),
  signature: z.base64(),
})

const bytesOfOffer = (place: TransferPlace, writerId: string, sealed: string): Bytes =>
  utf8(`backscroll history offer v1\0${writerId}\0${sealed}\0${fromUtf8(bytesOfRequest(place))}`)

/** The archive's key for the device that asks, signed by this one. Base64, as the server keeps it. */
export const sealOffer = async (device: Device, place: TransferPlace, archiveKey: Uint8Array): Promise<string> => {
  const { hpke } = await mlsSuite()
  const to = await hpke.importPublicKey(fromBase64(place.publicKey))
  const { enc, ct } = await hpke.seal(to, archiveKey, info, bytesOfRequest(place))
  const sealed = toBase64(concat(enc, ct))
  const bytes = bytesOfOffer(place, device.credential.deviceId, sealed)
  const signature = toBase64(await sign(device.keys.privateKey, bytes))
  return toBase64(utf8(JSON.stringify({ v: 1, sealed, signature })))
}

const parseOffer = (manifest: string) => {
  try {
    return offer.parse(JSON.parse(fromUtf8(fromBase64(manifest))))
  } catch (thrown) {
    throw new E2eeError('bad_archive', { reason: 'manifest' }, thrown)
  }
}

export interface OfferBy {
  readonly writerId: string
  readonly signatureKey: string
}

/** Throws `bad_archive` unless this very device signed it for this very request. */
export const openOffer = async (
  privateKey: string,
  place: TransferPlace,
  { writerId, signatureKey }: OfferBy,
  manifest: string,
): Promise<Bytes> => {
  const { sealed, signature } = parseOffer(manifest)
  const bytes = bytesOfOffer(place, writerId, sealed)
  if (!(await verify(fromBase64(signatureKey), fromBase64(signature), bytes)))
    throw new E2eeError('bad_archive', { reason: 'signature' })
  const { hpke } = await mlsSuite()
  const box = fromBase64(sealed)
  const opened = await failingAs('wrong_key', async () => {
    const key = await hpke.importPrivateKey(fromBase64(privateKey))
    return hpke.open(key, box.subarray(0, encLength), box.subarray(encLength), info, bytesOfRequest(place))
  }).catch((thrown) => {
    throw new E2eeError('bad_archive', { reason: 'manifest' }, thrown)
  })
  return new Uint8Array(opened)
}
