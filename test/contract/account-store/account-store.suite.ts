import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Account } from '../../../src/ports/identity/account-records.ts'
import type { AccountStore } from '../../../src/ports/identity/account-store.ts'
import type { DeviceRequest } from '../../../src/ports/identity/device-records.ts'
import type { StoredKeyPackage } from '../../../src/ports/identity/key-directory.ts'
import type { Notice } from '../../../src/ports/identity/notices.ts'
import type { RecoveryBlob } from '../../../src/ports/identity/recovery-records.ts'

export interface OpenedAccountStore {
  readonly store: AccountStore
  /** A second connection to the same data, as another process has it. */
  another(): Promise<AccountStore>
  remove(): Promise<void>
}

const now = 1_767_225_600_000

export const localAccount = (userId: string, login = `${userId}@example.org`): Account => ({
  userId,
  login,
  passwordHash: 'hash',
  origin: 'local',
  status: 'active',
  deactivation: null,
  roles: ['user'],
  identityKey: null,
  tokensFrom: 0,
  tokensSpare: null,
  createdAt: now,
  profile: { displayName: 'A. Person', about: null },
  privacy: { online: 'everyone', lastSeen: 'contacts', readReceipts: false, findableByLogin: true },
  settings: { theme: 'dark' },
})

let notices = 0
const noticeFor = (userId: string): Notice => {
  notices += 1
  const id = `notice-${String(notices).padStart(6, '0')}`
  return { id, userId, command: { type: 'NameDevice', actor: null, at: now, deviceId: 'phone' } }
}

const request = (userId: string, deviceId: string, changes: Partial<DeviceRequest> = {}): DeviceRequest => ({
  device: { userId, deviceId, name: 'My phone', signatureKey: `key-${deviceId}`, certificate: 'cert', addedAt: now },
  identityKey: `identity-${userId}`,
  limit: 3,
  notice: noticeFor(userId),
  ...changes,
})

const recoveryRecord = (blob: string, number: number): RecoveryBlob => ({
  ...{ blob, number, at: now },
  signature: `signature of ${blob}`,
})

const keyPackage = (name: string, lastResort = false): StoredKeyPackage => ({
  hash: `hash-${name}`,
  keyPackage: `package-${name}`,
  notAfter: now + 1_000_000,
  lastResort,
})

const claimRequest = (claimId: string, claimantId = 'bob') => ({
  claimantId,
  claimId,
  userId: 'alice',
  kind: 'one_time' as const,
  except: undefined,
  now,
})

/** What every account store promises. */
export const accountStoreContract = (name: string, open: () => Promise<OpenedAccountStore>): void => {
  describe(`${name} as an account store`, () => {
    let opened: OpenedAccountStore
    let store: AccountStore
    beforeEach(async () => {
      opened = await open()
      store = opened.store
    })
    afterEach(() => opened.remove())

    const addAlice = async (...deviceIds: readonly string[]) => {
      await store.create(localAccount('alice'))
      for (const deviceId of deviceIds) await store.addDevice(request('alice', deviceId, { limit: 100 }))
    }

    describe('accounts', () => {
      it('are given back as they were made', async () => {
        expect(await store.create(localAccount('alice'))).toBe('created')
        expect(await store.account('alice')).toEqual(localAccount('alice'))
        expect(await store.accountByLogin('alice@example.org')).toEqual(localAccount('alice'))
        expect(await store.account('bob')).toBeUndefined()
      })

      it('have a user id and a login name of their own', async () => {
        await store.create(localAccount('alice'))
        expect(await store.create(localAccount('alice', 'other@example.org'))).toBe('user_taken')
        expect(await store.create(localAccount('bob', 'alice@example.org'))).toBe('login_taken')
      })

      it('are made once when many ask at the same time, also over several connections', async () => {
        const other = await opened.another()
        const answers = await Promise.all(
          Array.from({ length: 20 }, (_, index) =>
            (index % 2 === 0 ? store : other).create(localAccount(`user-${index}`, 'the-same')),
          ),
        )
        expect(answers.filter((answer) => answer === 'created')).toHaveLength(1)
        await other.close()
      })

      it('tell the standings of many at once, as they tell each by itself', async () => {
        await addAlice('phone', 'laptop')
        await store.revokeDevice('alice', 'laptop', now, noticeFor('alice'))
        await store.create(localAccount('bob'))
        await store.change('bob', { status: 'deactivated' })
        await store.create(localAccount('carol'))
        await store.erase('carol', now, noticeFor('carol'))
        const asked = ['alice', 'bob', 'carol', 'nobody']
        const each = await Promise.all(asked.map(async (userId) => [userId, await store.standing(userId)] as const))
        expect(await store.standings([...asked, 'alice'])).toEqual(new Map(each))
        expect(await store.standings([])).toEqual(new Map())
      })

      it('give a login name to one when many change to it at the same time', async () => {
        const names = Array.from({ length: 10 }, (_, index) => `user-${index}`)
        for (const userId of names) await store.create(localAccount(userId))
        const other = await opened.another()
        const answers = await Promise.all(
          names.map((userId, index) => (index % 2 ? store : other).change(userId, { login: 'the-same' })),
        )
        expect(answers.toSorted()).toEqual(['changed', ...names.slice(1).map(() => 'login_taken')])
        await other.close()
      })

      it('change only in what is named', async () => {
        await store.create(localAccount('alice'))
        expect(await store.change('alice', { roles: ['user', 'admin'], tokensFrom: now })).toBe('changed')
        expect(await store.account('alice')).toEqual({
          ...localAccount('alice'),
          roles: ['user', 'admin'],
          tokensFrom: now,
        })
        await store.create(localAccount('bob'))
        expect(await store.change('bob', { login: 'alice@example.org' })).toBe('login_taken')
        expect(await store.change('nobody', { status: 'deactivated' })).toBe('missing')
      })

      it('leave nothing behind when they are erased, and their id is gone for good', async () => {
        await addAlice('phone')
        await store.addKeyPackages('alice', 'phone', [keyPackage('1')], 10, now)
        await store.putRecovery('alice', recoveryRecord('AAAA', 1), 'identity-alice')
        await store.claim(claimRequest('c1'))
        const notice = noticeFor('alice')
        expect(await store.erase('alice', now, notice)).toBe('erased')
        expect(await store.erase('alice', now, noticeFor('alice'))).toBe('missing')
        expect(await store.standing('alice')).toEqual({ account: undefined, devices: [], erased: true })
        expect(await store.recovery('alice')).toBeUndefined()
        expect(await store.claimed('bob', 'c1')).toBeUndefined()
        expect(await store.create(localAccount('alice'))).toBe('user_taken')
        await store.provision([{ userId: 'alice', deviceId: 'phone', at: now }])
        expect((await store.standing('alice')).account).toBeUndefined()
        expect(await store.erased(['alice', 'bob'])).toEqual(['alice'])
        expect(await store.existing(['alice', 'nobody'])).toEqual([])
        expect((await store.notices(100)).at(-1)).toEqual(notice)
      })
    })

    describe('the last admin', () => {
      const admin = (userId: string) => ({ ...localAccount(userId), roles: ['user', 'admin'] as const })
      const ways: readonly (readonly [string, (store: AccountStore, userId: string) => Promise<string>])[] = [
        ['the role', (one, userId) => one.change(userId, { roles: ['user'] })],
        ['the right to sign in', (one, userId) => one.change(userId, { status: 'deactivated' })],
        ['the account', (one, userId) => one.erase(userId, now, noticeFor(userId))],
      ]

      it.each(ways)('keeps %s', async (_what, take) => {
        await store.create(admin('alice'))
        // None of these could do it in her place.
        await store.create(localAccount('bob'))
        await store.create({ ...admin('carol'), status: 'deactivated' })
        await store.create({ ...admin('dave'), origin: 'external', login: null, passwordHash: null })
        expect(await take(store, 'alice')).toBe('last_admin')
        expect(await store.account('alice')).toEqual(admin('alice'))
        expect(await store.change('alice', { roles: ['user', 'analyst', 'admin'] })).toBe('changed')
        await store.change('bob', { roles: ['user', 'admin'] })
        expect(await take(store, 'alice')).toMatch(/changed|erased/)
        expect(await take(store, 'bob')).toBe('last_admin')
      })

      it('is one of them, when each takes it from another at the same time, over several connections', async () => {
        const names = Array.from({ length: 12 }, (_, index) => `user-${index}`)
        for (const userId of names) await store.create(admin(userId))
        const other = await opened.another()
        const take = (userId: string, index: number) => ways[index % 3]?.[1](index % 2 === 0 ? store : other, userId)
        const answers = await Promise.all(names.map(take))
        expect(answers.filter((answer) => answer === 'last_admin')).toHaveLength(1)
        const left = await Promise.all(names.map((userId) => store.account(userId)))
        expect(left.filter((one) => one?.status === 'active' && one.roles.includes('admin'))).toHaveLength(1)
        await other.close()
      })
    })

    it('whose tokens come from elsewhere has roles there, and gets none here', async () => {
      await store.provision([{ userId: 'eve', deviceId: 'phone', at: now }])
      expect(await store.change('eve', { roles: ['user', 'admin'] })).toBe('external')
      expect((await store.account('eve'))?.roles).toEqual(['user'])
      expect(await store.change('eve', { status: 'deactivated' })).toBe('changed')
    })

    it('an id stays gone, whatever is done with it while it is erased', async () => {
      const other = await opened.another()
      const ids = Array.from({ length: 20 }, (_, index) => `user-${index}`)
      for (const userId of ids) await store.create(localAccount(userId))
      const seen = ids.map((userId) => ({ userId, deviceId: 'phone', at: now }))
      await Promise.all(
        ids.flatMap((userId) => [
          other.provision(seen),
          store.erase(userId, now, noticeFor(userId)),
          other.create(localAccount(userId, `${userId}@example.com`)),
          other.addDevice(request(userId, 'laptop')),
          other.putRecovery(userId, recoveryRecord('AAAA', 1), `identity-${userId}`),
        ]),
      )
      for (const userId of ids) {
        expect(await store.standing(userId)).toEqual({ account: undefined, devices: [], erased: true })
        expect(await store.recovery(userId)).toBeUndefined()
      }
      await other.close()
    })

    describe('devices', () => {
      it('that only show a token appear without keys, once', async () => {
        const seen = { userId: 'eve', deviceId: 'phone', at: now }
        await store.provision([seen, seen, { ...seen, deviceId: 'laptop' }])
        await store.provision([{ ...seen, at: now + 1 }])
        const { account, devices } = await store.standing('eve')
        expect(account).toMatchObject({ origin: 'external', roles: ['user'], login: null })
        expect(devices.map(({ deviceId, signatureKey }) => [deviceId, signatureKey])).toEqual([
          ['laptop', null],
          ['phone', null],
        ])
      })

      it('register the identity key with the first, which then stays', async () => {
        await addAlice()
        expect(await store.addDevice(request('alice', 'phone'))).toBe('added')
        expect((await store.account('alice'))?.identityKey).toBe('identity-alice')
        expect(await store.addDevice(request('alice', 'laptop', { identityKey: 'another' }))).toBe('identity_differs')
        expect(await store.addDevice(request('nobody', 'phone'))).toBe('no_account')
      })

      it('of one id are one device, for ever', async () => {
        await addAlice('phone')
        expect(await store.addDevice(request('alice', 'phone'))).toBe('repeated')
        const { device, ...rest } = request('alice', 'phone')
        expect(await store.addDevice({ ...rest, device: { ...device, signatureKey: 'another' } })).toBe('taken')
        expect(await store.revokeDevice('alice', 'phone', now, noticeFor('alice'))).toBe(true)
        expect(await store.revokeDevice('alice', 'phone', now, noticeFor('alice'))).toBe(false)
        expect(await store.addDevice(request('alice', 'phone'))).toBe('taken')
      })

      it('without a key get one', async () => {
        await store.provision([{ userId: 'eve', deviceId: 'phone', at: now }])
        expect(await store.addDevice(request('eve', 'phone'))).toBe('added')
        expect((await store.standing('eve')).devices).toMatchObject([{ deviceId: 'phone', signatureKey: 'key-phone' }])
      })

      it('are no more than the limit, also when they come at the same time', async () => {
        await addAlice()
        const other = await opened.another()
        const answers = await Promise.all(
          Array.from({ length: 10 }, (_, index) =>
            (index % 2 === 0 ? store : other).addDevice(request('alice', `device-${index}`)),
          ),
        )
        expect(answers.filter((answer) => answer === 'added')).toHaveLength(3)
        expect(answers.filter((answer) => answer === 'limit')).toHaveLength(7)
        await other.close()
      })

      it('keep a notice exactly when something happened, until it is settled', async () => {
        await addAlice()
        const added = request('alice', 'phone')
        await store.addDevice(added)
        await store.addDevice(request('alice', 'phone'))
        await store.nameDevice('alice', 'unknown', 'x', noticeFor('alice'))
        const named = noticeFor('alice')
        expect(await store.nameDevice('alice', 'phone', 'Old phone', named)).toBe(true)
        expect(await store.notices(10)).toEqual([added.notice, named])
        await store.settleNotice(added.notice.id)
        expect(await store.notices(10)).toEqual([named])
      })
    })

    describe('key packages', () => {
      it('are taken once, whatever becomes of them', async () => {
        await addAlice('phone')
        const batch = [keyPackage('1'), keyPackage('2'), keyPackage('last', true)]
        expect(await store.addKeyPackages('alice', 'phone', batch, 10, now)).toEqual({ oneTime: 2, lastResort: true })
        expect(await store.addKeyPackages('alice', 'phone', batch, 10, now)).toEqual({ oneTime: 2, lastResort: true })
        await store.claim(claimRequest('c1'))
        await store.claim(claimRequest('c2'))
        expect(await store.addKeyPackages('alice', 'phone', batch, 10, now)).toEqual({ oneTime: 0, lastResort: true })
      })

      it('are all added or none', async () => {
        await addAlice('phone')
        const batch = ['1', '2', '3'].map((one) => keyPackage(one))
        expect(await store.addKeyPackages('alice', 'phone', batch, 2, now)).toBe('full')
        expect(await store.countKeyPackages('alice', 'phone', now)).toEqual({ oneTime: 0, lastResort: false })
        expect(await store.addKeyPackages('alice', 'laptop', batch, 10, now)).toBe('no_device')
      })

      it('go to one claim each, then the last-resort one goes to all [E2]', async () => {
        await addAlice('phone')
        await store.addKeyPackages('alice', 'phone', [keyPackage('1'), keyPackage('last', true)], 10, now)
        const claims = await Promise.all(['c1', 'c2', 'c3'].map((id) => store.claim(claimRequest(id))))
        expect(claims.map((claim) => claim?.packages[0]?.keyPackage).sort()).toEqual([
          'package-1',
          'package-last',
          'package-last',
        ])
      })

      it('are spared where the last-resort one is asked for, and handed out where there is none [E2]', async () => {
        await addAlice('phone', 'laptop')
        const phone = [keyPackage('p1'), keyPackage('last', true)]
        await store.addKeyPackages('alice', 'phone', phone, 100, now)
        await store.addKeyPackages('alice', 'laptop', [keyPackage('l1')], 100, now)
        const sparing = await store.claim({ ...claimRequest('c1'), kind: 'last_resort' })
        expect(sparing?.packages.map((one) => one.keyPackage)).toEqual(['package-l1', 'package-last'])
        expect(await store.countKeyPackages('alice', 'phone', now)).toEqual({ oneTime: 1, lastResort: true })
      })

      it('are each handed out once under many claims over several connections [E2]', async () => {
        await addAlice('phone', 'laptop')
        const names = Array.from({ length: 30 }, (_, index) => String(index))
        const ofPhone = names.map((one) => keyPackage(`phone-${one}`))
        const ofLaptop = names.map((one) => keyPackage(`laptop-${one}`))
        await store.addKeyPackages('alice', 'phone', ofPhone, 100, now)
        await store.addKeyPackages('alice', 'laptop', ofLaptop, 100, now)
        const other = await opened.another()
        const claims = await Promise.all(
          Array.from({ length: 50 }, (_, index) => (index % 2 ? store : other).claim(claimRequest(`c${index}`))),
        )
        const handedOut = claims.flatMap((claim) => claim?.packages ?? []).map(({ keyPackage: one }) => one)
        expect(handedOut.sort()).toEqual([...ofPhone, ...ofLaptop].map(({ keyPackage: one }) => one).sort())
        expect(claims.filter((claim) => claim?.without.length === 2)).toHaveLength(20)
        await other.close()
      })

      it('get the same answer for the same claim, at the same time and later [E2]', async () => {
        await addAlice('phone')
        await store.addKeyPackages('alice', 'phone', [keyPackage('1'), keyPackage('2')], 10, now)
        const answers = await Promise.all(Array.from({ length: 10 }, () => store.claim(claimRequest('c1'))))
        expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1)
        expect(await store.countKeyPackages('alice', 'phone', now)).toEqual({ oneTime: 1, lastResort: false })
        expect(await store.claimed('bob', 'c1')).toEqual({ ...answers[0], userId: 'alice' })
        expect(await store.claim(claimRequest('c1', 'carol'))).not.toEqual(answers[0])
      })

      it('are not handed out beyond their lifetime, of revoked devices, or of users who do not stand', async () => {
        await addAlice('phone', 'laptop')
        await store.addKeyPackages('alice', 'phone', [{ ...keyPackage('1'), notAfter: now }], 10, now - 1)
        await store.addKeyPackages('alice', 'laptop', [keyPackage('2')], 10, now)
        await store.revokeDevice('alice', 'laptop', now, noticeFor('alice'))
        expect(await store.claim(claimRequest('c1'))).toEqual({ packages: [], without: ['phone'] })
        await store.change('alice', { status: 'deactivated' })
        expect(await store.claim(claimRequest('c2'))).toBeUndefined()
        expect(await store.claimed('bob', 'c2')).toBeUndefined()
      })

      it('of the last resort are replaced by a newer one', async () => {
        await addAlice('phone')
        await store.addKeyPackages('alice', 'phone', [keyPackage('old', true)], 10, now)
        await store.addKeyPackages('alice', 'phone', [keyPackage('new', true)], 10, now)
        expect((await store.claim(claimRequest('c1')))?.packages).toMatchObject([{ keyPackage: 'package-new' }])
      })
    })

    describe('the rest', () => {
      it('relays messages of a pairing in order until it expires', async () => {
        const pairing = { pairingId: 'p1', userId: 'alice', deviceId: 'new', createdAt: now, expiresAt: now + 1000 }
        expect(await store.openPairing(pairing, 1)).toBe(true)
        expect(await store.openPairing({ ...pairing, pairingId: 'p2' }, 1)).toBe(false)
        const say = (at: number) => store.addPairingMessage('p1', { deviceId: 'new', payload: 'AAAA', at }, 2)
        expect([await say(now), await say(now), await say(now)]).toEqual([1, 2, undefined])
        expect((await store.pairingMessages('p1', 1)).map(({ number }) => number)).toEqual([2])
        expect(await store.pairings('alice', now + 999)).toEqual([pairing])
        expect(await store.pairings('alice', now + 1000)).toEqual([])
        await store.purge(now + 1000, 0)
        expect(await store.pairingMessages('p1', 0)).toEqual([])
      })

      it('tells that a pairing begins and that it is closed, each with what makes it true', async () => {
        const pairing = { pairingId: 'p1', userId: 'alice', deviceId: 'new', createdAt: now, expiresAt: now + 1000 }
        const [opens, again, closes] = [noticeFor('alice'), noticeFor('alice'), noticeFor('alice')]
        const told = async () => (await store.notices(10)).map(({ id }) => id)
        await store.openPairing(pairing, 1, opens)
        await store.openPairing({ ...pairing, pairingId: 'p2' }, 1, again)
        expect(await told()).toEqual([opens.id])
        await store.addPairingMessage('p1', { deviceId: 'new', payload: 'AAAA', at: now }, 2)
        expect(await store.closePairing('bob', 'p1', noticeFor('bob'))).toBe(false)
        expect(await store.closePairing('alice', 'p1', closes)).toBe(true)
        expect(await store.closePairing('alice', 'p1', noticeFor('alice'))).toBe(false)
        expect([await told(), await store.pairings('alice', now)]).toEqual([[opens.id, closes.id], []])
        expect(await store.pairingMessages('p1', 0)).toEqual([])
      })

      it('leaves no message of a pairing whose user is erased meanwhile', async () => {
        await addAlice('phone')
        const pairing = { pairingId: 'p1', userId: 'alice', deviceId: 'new', createdAt: now, expiresAt: now + 1000 }
        await store.openPairing(pairing, 1)
        const other = await opened.another()
        const say = () => other.addPairingMessage('p1', { deviceId: 'new', payload: 'AAAA', at: now }, 100)
        await Promise.all([say(), say(), store.erase('alice', now, noticeFor('alice')), say(), say(), say()])
        expect(await store.pairingMessages('p1', 0)).toEqual([])
        await other.close()
      })

      it('gives every process the same secret, whichever asks first', async () => {
        const second = await opened.another()
        const secrets = await Promise.all([
          ...Array.from({ length: 5 }, (_, index) => store.secret('nonces', `one-${index}`)),
          ...Array.from({ length: 5 }, (_, index) => second.secret('nonces', `two-${index}`)),
        ])
        expect(new Set(secrets).size).toBe(1)
        expect(await store.secret('others', 'three')).toBe('three')
        await second.close()
      })

      it('keeps the recovery record with the largest number, of the present identity key', async () => {
        await addAlice('phone')
        const put = (blob: string, number: number, key = 'identity-alice') =>
          store.putRecovery('alice', recoveryRecord(blob, number), key)
        expect([await put('AAAA', 1), await put('BBBB', 3), await put('BBBB', 3)]).toEqual(Array(3).fill('stored'))
        expect([await put('CCCC', 3), await put('AAAA', 1), await put('CCCC', 4, 'other')]).toEqual([
          'old',
          'old',
          'differs',
        ])
        expect(await store.recovery('alice')).toEqual(recoveryRecord('BBBB', 3))
        expect(await store.putRecovery('nobody', recoveryRecord('AAAA', 1), 'identity-nobody')).toBe('no_account')
      })

      it('keeps the newest checkpoint', async () => {
        await store.saveCheckpoint('worker', { epoch: 'e', position: 5n })
        await store.saveCheckpoint('worker', { epoch: 'e', position: 2n ** 60n })
        expect(await store.checkpoint('worker')).toEqual({ epoch: 'e', position: 2n ** 60n })
      })
    })
  })
}
