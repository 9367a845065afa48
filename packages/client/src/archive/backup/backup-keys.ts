import { publicKey, signature, voucherChain } from '@backscroll/protocol/device-credential'
import { deviceId, userId } from '@backscroll/protocol/ids'
import { sha256 } from '@noble/hashes/sha2.js'
import { z } from 'zod'
import { sign, verify } from '../../crypto/signatures.ts'
import { recoverySecret } from '../../devices/recovery-key.ts'
import { fromBase64, toBase64 } from '../../encoding/base64.ts'
import { type Bytes, concat, fromUtf8, utf8 } from '../../encoding/bytes.ts'
import { E2eeError } from '../../errors/e2ee-error.ts'
import { mlsSuite } from '../../mls/library/mls-suite.ts'
import { type Device, isCertified } from '../../trust/device-certificate.ts'
import type { ArchiveKeyPair } from '../archive-keys.ts'

const info = utf8('backscroll backup v1')
const encLength = 32

/**
 * A key pair that follows from the recovery key. Devices keep the public half: none can open a backup of another
 * device.
 */
export const backupKeyPair = async (recoveryKey: string, ofUser: string): Promise<ArchiveKeyPair> => {
  const { hpke } = await mlsSuite()
  const seed = sha256(concat(info, utf8(`\0${ofUser}\0`), recoverySecret(recoveryKey)))
  const { publicKey, privateKey } = await hpke.deriveKeyPair(seed)
  const [shared, kept] = [await hpke.exportPublicKey(publicKey), await hpke.exportPrivateKey(privateKey)]
  return { publicKey: toBase64(shared), privateKey: toBase64(kept) }
}

/** What the recovery key opens: the archive's key, base64, and how many pieces belong to the backup. */
const content = z.object({ key: z.base64().length(44), pieces: z.int().min(0), at: z.int() })
export type BackupContent = z.output<typeof content>

/** `writer`: its certificate travels along, since the device may be revoked by the time that it is needed. */
const manifest = z.object({
  v: z.literal(1),
  sealed: z.base64(),
  writer: z.object({
    userId,
    deviceId,
    identityKey: publicKey,
    chain: voucherChain.optional(),
    certificate: signature,
    signatureKey: publicKey,
  }),
  signature,
})

export interface BackupPlace {
  readonly userId: string
  readonly archiveId: string
}

const aadOf = (place: BackupPlace): Bytes => utf8(`backscroll backup v1\0${place.userId}\0${place.archiveId}\0`)
const signedBytes = (place: BackupPlace, sealed: string): Bytes => concat(aadOf(place), utf8(sealed))

export const sealBackup = async (
  device: Device,
  place: BackupPlace,
  sealFor: string,
  what: BackupContent,
): Promise<string> => {
  const { hpke } = await mlsSuite()
  const to = await hpke.importPublicKey(fromBase64(sealFor))
  const { enc, ct } = await hpke.seal(to, utf8(JSON.stringify(what)), info, aadOf(place))
  const sealed = toBase64(concat(enc, ct))
  const { userId: by, deviceId: id, identityKey, chain, certificate } = device.credential
  const writer = { userId: by, deviceId: id, identityKey, ...(chain && { chain }), certificate }
  const made = {
    ...{ v: 1, sealed, writer: { ...writer, signatureKey: toBase64(device.keys.publicKey) } },
    signature: toBase64(await sign(device.keys.privateKey, signedBytes(place, sealed))),
  }
  return toBase64(utf8(JSON.stringify(made)))
}

const refused = (reason: string, cause?: unknown) => new E2eeError('bad_archive', { reason }, cause)

const parse = (text: string) => {
  try {
    return manifest.parse(JSON.parse(fromUtf8(fromBase64(text))))
  } catch (thrown) {
    throw refused('manifest', thrown)
  }
}

/** Throws `bad_archive` unless a device under this identity key wrote it for this recovery key. */
export const openBackup = async (
  { privateKey }: ArchiveKeyPair,
  place: BackupPlace,
  identityKey: string,
  text: string,
): Promise<BackupContent> => {
  const { sealed, writer, signature: signed } = parse(text)
  const { signatureKey, chain, ...rest } = writer
  const credential = { ...rest, ...(chain && { chain }) }
  const isOwn = credential.userId === place.userId && credential.identityKey === identityKey
  const key = fromBase64(signatureKey)
  if (!isOwn || !(await isCertified(credential, key))) throw refused('signature')
  if (!(await verify(key, fromBase64(signed), signedBytes(place, sealed)))) throw refused('signature')
  try {
    const { hpke } = await mlsSuite()
    const own = await hpke.importPrivateKey(fromBase64(privateKey))
    const box = fromBase64(sealed)
    const opened = await hpke.open(own, box.subarray(0, encLength), box.subarray(encLength), info, aadOf(place))
    return content.parse(JSON.parse(fromUtf8(opened)))
  } catch (thrown) {
    throw refused('manifest', thrown)
  }
}
