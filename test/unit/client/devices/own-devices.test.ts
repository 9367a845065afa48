import { describe, expect, it } from 'vitest'
import { createOwnDevices } from '../../../../packages/client/src/devices/own-devices.ts'
import type { ClientEvent } from '../../../../packages/client/src/events/client-events.ts'
import type { StoreChange } from '../../../../packages/client/src/stores/client-store.ts'
import { certifyWhole, createDeviceKeys, seenAs } from '../../../../packages/client/src/trust/device-certificate.ts'
import { loadTrust } from '../../../../packages/client/src/trust/trust-book.ts'
import { createChainedDevices } from '../../../support/accounts/chained-devices.ts'

const open = async () => {
  const { identity, first } = await createChainedDevices('ann')
  const phone = await first('phone')
  const trust = loadTrust(new Map())
  trust.see([seenAs(phone)])
  const written: StoreChange[] = []
  const told: ClientEvent[] = []
  const own = createOwnDevices({
    me: { userId: 'ann' },
    trust,
    enrolment: { certify: (device) => certifyWhole(identity, device) },
    write: async (changes) => void written.push(...changes),
    tell: (event) => told.push(event),
  })
  const fresh = async (deviceId: string) => ({
    userId: 'ann',
    deviceId,
    publicKey: (await createDeviceKeys()).publicKey,
  })
  return { own, written, told, fresh, trust }
}

describe('A device that a person approves', () => {
  it('is remembered with its key before it is let in, and told to nobody who has just approved it', async () => {
    const { own, written, told, fresh } = await open()
    await own.certify(await fresh('tablet'))
    expect(written).toMatchObject([{ key: 'pin/ann', value: { devices: ['phone', 'tablet'] } }])
    expect(told).toEqual([])
    await expect(own.certify(await fresh('tablet'))).rejects.toMatchObject({ code: 'unauthorised_device' })
    expect(told).toMatchObject([{ type: 'warning', details: { deviceId: 'tablet', reason: 'other_key' } }])
  })

  it('cannot take the name of the device that approves', async () => {
    const { own, written, fresh } = await open()
    await expect(own.certify(await fresh('phone'))).rejects.toMatchObject({ code: 'unauthorised_device' })
    expect(written).toEqual([])
  })

  it('may try again with the same key', async () => {
    const { own, fresh } = await open()
    const tablet = await fresh('tablet')
    await own.certify(tablet)
    await expect(own.certify(tablet)).resolves.toMatchObject({ certificate: expect.any(String) })
  })
})
