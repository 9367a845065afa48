import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { AccountStore } from '../../../src/ports/identity/account-store.ts'
import type { DeviceRequest } from '../../../src/ports/identity/device-records.ts'
import type { IdentityRequest } from '../../../src/ports/identity/identity-records.ts'
import type { Notice } from '../../../src/ports/identity/notices.ts'
import type { RecoveryBlob } from '../../../src/ports/identity/recovery-records.ts'
import { localAccount, type OpenedAccountStore } from './account-store.suite.ts'

const now = 1_767_225_600_000
const voucher = { deviceId: 'phone', signatureKey: 'key-phone', certificate: 'cert-phone' }

let notices = 0
const notice = (deviceId: string): Notice => {
  notices += 1
  return {
    id: `identity-${String(notices).padStart(6, '0')}`,
    userId: 'alice',
    command: { type: 'RevokeDevice', actor: null, at: now, deviceId },
  }
}

const request = (deviceId: string, changes: Partial<DeviceRequest> = {}): DeviceRequest => ({
  device: {
    ...{ userId: 'alice', deviceId, name: null, addedAt: now },
    ...{ signatureKey: `key-${deviceId}`, certificate: `cert-${deviceId}` },
    ...(deviceId !== 'phone' && { chain: [voucher] }),
  },
  identityKey: 'first',
  limit: 3,
  notice: notice(deviceId),
  ...changes,
})

const record = (blob: string, number: number): RecoveryBlob => ({ blob, number, signature: `by ${blob}`, at: now })
const revoking = (...revoked: readonly string[]) => JSON.stringify({ type: 'revocation', revoked })
const succession = (to: string) => JSON.stringify({ type: 'succession', successor: to })

/** What every account store promises of what a user has signed, and of a changed identity key. */
export const accountIdentitiesContract = (name: string, open: () => Promise<OpenedAccountStore>): void => {
  describe(`${name} as the keeper of identities`, () => {
    let opened: OpenedAccountStore
    let store: AccountStore
    beforeEach(async () => {
      opened = await open()
      store = opened.store
      await store.create(localAccount('alice'))
      for (const deviceId of ['phone', 'laptop', 'tablet']) await store.addDevice(request(deviceId))
    })
    afterEach(() => opened.remove())

    const active = async () =>
      (await store.standing('alice')).devices.filter((one) => one.revokedAt === null).map((one) => one.deviceId)
    const told = async () => (await store.notices(99)).map(({ command }) => command)
    const revoke = (deviceIds: readonly string[], isWhole = () => true) =>
      store.revokeDevices({ userId: 'alice', deviceIds, at: now, notice, statement: revoking(...deviceIds), isWhole })

    it('gives the chain of a device back, and none where the identity key certified it', async () => {
      const { devices } = await store.standing('alice')
      const chains = new Map(devices.map((one) => [one.deviceId, one.chain]))
      expect([chains.get('phone'), chains.get('laptop')]).toEqual([undefined, [voucher]])
    })

    it('revokes several devices with the statement, or nothing at all', async () => {
      const before = await told()
      expect(await revoke(['laptop', 'unknown'])).toBe('unfit')
      expect(await revoke(['laptop', 'tablet'], () => false)).toBe('unfit')
      expect([await active(), await store.statements('alice'), await told()]).toEqual([
        ['laptop', 'phone', 'tablet'],
        [],
        before,
      ])
      expect(await revoke(['laptop', 'tablet'])).toEqual(['laptop', 'tablet'])
      expect([await active(), await store.statements('alice')]).toEqual([['phone'], [revoking('laptop', 'tablet')]])
      expect((await told()).length).toBe(before.length + 2)
      expect(await revoke(['laptop'])).toBe('unfit')
    })

    it('asks the judge about what would be left, and what would have been said', async () => {
      await revoke(['tablet'])
      const seen: unknown[] = []
      await store.revokeDevices({
        ...{ userId: 'alice', deviceIds: ['laptop'], at: now, notice, statement: 'second' },
        isWhole: (devices, statements) => {
          seen.push([devices.map(({ deviceId }) => deviceId), statements])
          return false
        },
      })
      expect(seen).toEqual([[['phone'], [revoking('tablet'), 'second']]])
      expect(await store.addDevice(request('watch', { mayCome: () => false }))).toBe('unfit')
    })

    it('makes room in the call that brings a device in, or does neither', async () => {
      const revocation = { deviceIds: ['laptop'], at: now, notice, statement: 'room' }
      expect(await store.addDevice(request('fresh'))).toBe('limit')
      expect(await store.addDevice(request('fresh', { revocation: { ...revocation, isWhole: () => false } }))).toBe(
        'unfit',
      )
      expect(await active()).toEqual(['laptop', 'phone', 'tablet'])
      expect(await store.addDevice(request('fresh', { revocation }))).toBe('added')
      expect((await active()).sort()).toEqual(['fresh', 'phone', 'tablet'])
      expect(await store.statements('alice')).toEqual(['room'])
    })

    const change = (changes: Partial<IdentityRequest>): IdentityRequest => ({
      ...{ userId: 'alice', to: 'second', at: now, kept: [], notices: [notice('phone')], revoked: notice },
      ...changes,
    })
    const kept = [{ deviceId: 'laptop', signatureKey: 'key-laptop', certificate: 'new' }]

    it('hands over to a new identity key: what is kept has its new certificate, all else is revoked', async () => {
      expect(await store.putRecovery('alice', record('old', 7), 'first')).toBe('stored')
      await revoke(['tablet'])
      const renewal = change({
        from: 'first',
        statement: succession('second'),
        kept,
        recovery: record('new', 1),
      })
      expect(await store.changeIdentity({ ...renewal, from: 'other' })).toEqual({ kind: 'differs' })
      expect(await store.changeIdentity({ ...renewal, kept: [{ ...kept[0], signatureKey: 'x' } as never] })).toEqual({
        kind: 'unfit',
      })
      expect(await store.changeIdentity(renewal)).toEqual({ kind: 'changed', revoked: ['phone'] })
      expect(await store.changeIdentity(renewal)).toEqual({ kind: 'repeated' })
      const { account, devices } = await store.standing('alice')
      expect(account?.identityKey).toBe('second')
      const laptop = devices.find(({ deviceId }) => deviceId === 'laptop')
      expect([laptop?.certificate, laptop?.chain, laptop?.revokedAt]).toEqual(['new', undefined, null])
      expect(await store.recovery('alice')).toEqual(record('new', 1))
      // What the old key said about devices went with it.
      expect(await store.statements('alice')).toEqual([succession('second')])
    })

    it('begins anew with one device, and nothing of before', async () => {
      expect(await store.putRecovery('alice', record('old', 7), 'first')).toBe('stored')
      await revoke(['tablet'])
      const device = {
        userId: 'alice',
        deviceId: 'fresh',
        name: null,
        signatureKey: 'k',
        certificate: 'c',
        addedAt: now,
      }
      expect(await store.changeIdentity(change({ device: { ...device, deviceId: 'phone' } }))).toEqual({
        kind: 'unfit',
      })
      expect(await store.changeIdentity(change({ device }))).toMatchObject({ kind: 'changed' })
      expect(await active()).toEqual(['fresh'])
      expect([await store.statements('alice'), await store.recovery('alice')]).toEqual([[], undefined])
      expect(await store.changeIdentity({ ...change({ device }), userId: 'nobody' })).toEqual({ kind: 'no_account' })
    })

    it('takes one of two new keys that come at the same time', async () => {
      const another = await opened.another()
      const by = (one: AccountStore, to: string) =>
        one.changeIdentity(change({ from: 'first', to, statement: succession(to), kept }))
      const answers = await Promise.all([by(store, 'second'), by(another, 'third')])
      expect(answers.map(({ kind }) => kind).sort()).toEqual(['changed', 'differs'])
      await another.close()
    })

    it('forgets what was signed when the user is erased', async () => {
      await revoke(['tablet'])
      await store.erase('alice', now, notice('phone'))
      expect(await store.statements('alice')).toEqual([])
    })
  })
}
