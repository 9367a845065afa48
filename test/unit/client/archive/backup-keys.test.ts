import { describe, expect, it } from 'vitest'
import { backupKeyPair, openBackup, sealBackup } from '../../../../packages/client/src/archive/backup/backup-keys.ts'
import { createRecoveryKey } from '../../../../packages/client/src/devices/recovery-key.ts'
import { toBase64 } from '../../../../packages/client/src/encoding/base64.ts'
import { randomBytes, utf8 } from '../../../../packages/client/src/encoding/bytes.ts'
import { certifyWhole, createDeviceKeys } from '../../../../packages/client/src/trust/device-certificate.ts'
import { createIdentity } from '../../../../packages/client/src/trust/identity-key.ts'

const [identity, thief] = [await createIdentity(), await createIdentity()]
const deviceUnder = async (by: typeof identity) => {
  const keys = await createDeviceKeys()
  const device = { userId: 'ann', deviceId: 'phone', publicKey: keys.publicKey }
  return { keys, credential: { userId: 'ann', deviceId: 'phone', ...(await certifyWhole(by, device)) } }
}
const recoveryKey = createRecoveryKey()
const keys = await backupKeyPair(recoveryKey, 'ann')
const place = { userId: 'ann', archiveId: 'a' }
const content = { key: toBase64(randomBytes(32)), pieces: 3, at: 5 }
const identityKey = toBase64(identity.publicKey)
const sealed = await sealBackup(await deviceUnder(identity), place, keys.publicKey, content)
const refused = (reason: string) => ({ code: 'bad_archive', details: { reason } })

describe('The manifest of a backup', () => {
  it('opens with the recovery key of its user, whatever became of the device that wrote it', async () => {
    const again = await backupKeyPair(recoveryKey, 'ann')
    expect(again).toEqual(keys)
    expect(await openBackup(again, place, identityKey, sealed)).toEqual(content)
  })

  it('opens with no other recovery key, and not with that of another user', async () => {
    for (const other of [await backupKeyPair(createRecoveryKey(), 'ann'), await backupKeyPair(recoveryKey, 'bob')])
      await expect(openBackup(other, place, identityKey, sealed)).rejects.toMatchObject(refused('manifest'))
  })

  it('is refused as that of another archive or user, and from a device under another identity key', async () => {
    const forged = await sealBackup(await deviceUnder(thief), place, keys.publicKey, content)
    const refuses = (of: typeof place, under: string, text: string) =>
      expect(openBackup(keys, of, under, text)).rejects.toMatchObject(refused('signature'))
    await refuses({ ...place, archiveId: 'b' }, identityKey, sealed)
    await refuses({ ...place, userId: 'bob' }, identityKey, sealed)
    await refuses(place, identityKey, forged)
    await refuses(place, toBase64(thief.publicKey), sealed)
  })

  it.each(['', 'AAAA', toBase64(utf8('{"v":1}')), toBase64(utf8('[]'))])('is refused: %j', async (text) => {
    await expect(openBackup(keys, place, identityKey, text)).rejects.toMatchObject(refused('manifest'))
  })

  it('throws for a recovery key that was mistyped', async () => {
    await expect(backupKeyPair('7GQ2M', 'ann')).rejects.toMatchObject({ code: 'bad_recovery_key' })
  })
})
