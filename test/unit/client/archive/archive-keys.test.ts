import { describe, expect, it } from 'vitest'
import {
  createArchiveKeyPair,
  isRequestGenuine,
  newArchiveKey,
  openOffer,
  sealOffer,
  signRequest,
  type TransferPlace,
} from '../../../../packages/client/src/archive/archive-keys.ts'
import { toBase64 } from '../../../../packages/client/src/encoding/base64.ts'
import { utf8 } from '../../../../packages/client/src/encoding/bytes.ts'
import {
  certifyWhole,
  createDeviceKeys,
  type Device,
} from '../../../../packages/client/src/trust/device-certificate.ts'
import { createIdentity } from '../../../../packages/client/src/trust/identity-key.ts'

const identity = await createIdentity()
const deviceOf = async (deviceId: string): Promise<Device> => {
  const keys = await createDeviceKeys()
  const device = { userId: 'ann', deviceId, publicKey: keys.publicKey }
  return { keys, credential: { userId: 'ann', deviceId, ...(await certifyWhole(identity, device)) } }
}
const [phone, laptop, thief] = (await Promise.all(['phone', 'laptop', 'thief'].map(deviceOf))) as [
  Device,
  Device,
  Device,
]
const signatureKeyOf = ({ keys }: Device) => toBase64(keys.publicKey)
const asked = await createArchiveKeyPair()
const place: TransferPlace = { userId: 'ann', archiveId: 'a', deviceId: 'laptop', publicKey: asked.publicKey }

describe('A request for the history', () => {
  it('is genuine for the device that signed it, for its archive and its key alone', async () => {
    const signature = await signRequest(laptop, place)
    const isGenuine = (by: Device, of: Partial<TransferPlace> = {}) =>
      isRequestGenuine(signatureKeyOf(by), { ...place, ...of }, signature)
    expect(await isGenuine(laptop)).toBe(true)
    const other = await createArchiveKeyPair()
    const lies = [
      isGenuine(thief),
      ...[{ publicKey: other.publicKey }, { archiveId: 'b' }, { deviceId: 'thief' }, { userId: 'bob' }].map((of) =>
        isGenuine(laptop, of),
      ),
    ]
    expect(await Promise.all(lies)).toEqual([false, false, false, false, false])
  })
})

describe("An archive's key", async () => {
  const key = newArchiveKey()
  const manifest = await sealOffer(phone, place, key)
  const by = { writerId: 'phone', signatureKey: signatureKeyOf(phone) }
  const refused = (reason: string) => ({ code: 'bad_archive', details: { reason } })

  it('opens for the device that asked', async () => {
    expect(await openOffer(asked.privateKey, place, by, manifest)).toEqual(key)
  })

  it('opens for no other request and no other key, so that an old archive cannot be shown again', async () => {
    const again = await createArchiveKeyPair()
    const opening = openOffer(again.privateKey, { ...place, archiveId: 'b', publicKey: again.publicKey }, by, manifest)
    await expect(opening).rejects.toMatchObject(refused('signature'))
    await expect(openOffer(again.privateKey, place, by, manifest)).rejects.toMatchObject(refused('manifest'))
  })

  it('counts only from the device that is said to write it', async () => {
    const asThief = { writerId: 'phone', signatureKey: signatureKeyOf(thief) }
    await expect(openOffer(asked.privateKey, place, asThief, manifest)).rejects.toMatchObject(refused('signature'))
    const renamed = { ...by, writerId: 'tablet' }
    await expect(openOffer(asked.privateKey, place, renamed, manifest)).rejects.toMatchObject(refused('signature'))
  })

  it.each(['', 'AAAA', toBase64(utf8('{}')), toBase64(utf8('{"v":1,"sealed":"AAAA","signature":"AAAA"}'))])(
    'is refused where there is no manifest: %j',
    async (text) => {
      await expect(openOffer(asked.privateKey, place, by, text)).rejects.toMatchObject({ code: 'bad_archive' })
    },
  )
})
