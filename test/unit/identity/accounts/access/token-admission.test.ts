import { describe, expect, test } from 'vitest'
import { admissionOf, rolesOf } from '../../../../../src/identity/accounts/access/token-admission.ts'
import type { Access } from '../../../../../src/ports/identity/access.ts'
import type { Account, Standing } from '../../../../../src/ports/identity/account-records.ts'
import type { Device } from '../../../../../src/ports/identity/device-records.ts'

const now = 10_000
const access: Access = { userId: 'alice', deviceId: 'phone', roles: ['user', 'admin'], expiresAt: 9e12, issuedAt: 5000 }
const account: Account = {
  userId: 'alice',
  login: 'alice@example.org',
  passwordHash: 'hash',
  origin: 'local',
  status: 'active',
  deactivation: null,
  roles: ['user'],
  identityKey: 'key',
  tokensFrom: 0,
  tokensSpare: null,
  createdAt: 0,
  profile: { displayName: null, about: null },
  privacy: { online: 'contacts', lastSeen: 'everyone', readReceipts: true, findableByLogin: true },
  settings: {},
}
const phone: Device = {
  userId: 'alice',
  deviceId: 'phone',
  name: null,
  signatureKey: 'key',
  certificate: 'certificate',
  addedAt: 0,
  revokedAt: null,
}
const standing = (changes: Partial<Account> = {}, devices: readonly Device[] = [phone]): Standing => ({
  account: { ...account, ...changes },
  devices,
  erased: false,
})
const external = { origin: 'external', login: null, passwordHash: null, identityKey: null } as const

describe('what a verified token gets [T2]', () => {
  test.each([
    ['a registered device', standing(), 'admit'],
    ['a revoked device', standing({}, [{ ...phone, revokedAt: 1 }]), 'revoked'],
    ['a revoked device with an old token', standing({ tokensFrom: 6000 }, [{ ...phone, revokedAt: 1 }]), 'revoked'],
    ['an unknown device of a local account', standing({}, []), 'unregistered'],
    ['an unknown device of a local account without keys', standing({ identityKey: null }, []), 'unregistered'],
    ['a device without a key', standing({ identityKey: null }, [{ ...phone, signatureKey: null }]), 'admit'],
    ['the same once the user has an identity key', standing({}, [{ ...phone, signatureKey: null }]), 'unregistered'],
    ['a user whom nobody knows yet', { account: undefined, devices: [], erased: false }, 'provision'],
    ['an erased user', { account: undefined, devices: [], erased: true }, 'account_erased'],
    ['a deactivated user', standing({ status: 'deactivated' }), 'account_deactivated'],
    ['a user of another issuer with a new device', standing(external, []), 'provision'],
    ['the same once a device of theirs has a key', standing({ ...external, identityKey: 'key' }, []), 'unregistered'],
    ['a token of before the last password', standing({ tokensFrom: 6000 }), 'signed_out'],
    ['a token of the very second', standing({ tokensFrom: 5999 }), 'admit'],
  ] as const)('%s', (_, about, expected) => {
    expect(admissionOf(access, about, now)).toBe(expected)
  })

  test('the device from which the password was changed goes on, but for what was over before', () => {
    const spared = (from: number, deviceId = 'phone') => standing({ tokensFrom: 9000, tokensSpare: { deviceId, from } })
    expect(admissionOf(access, spared(0), now)).toBe('admit')
    expect(admissionOf(access, spared(6000), now)).toBe('signed_out')
    expect(admissionOf(access, spared(0, 'tablet'), now)).toBe('signed_out')
  })

  test('a password that was changed by a clock which has been set back since locks nobody out who signs in anew', () => {
    const today = 1_700_000_000_000
    const ahead = standing({ tokensFrom: today + 3_600_000 })
    const issued = (issuedAt: number) => admissionOf({ ...access, issuedAt }, ahead, today)
    expect([issued(today), issued(today - 60_000)]).toEqual(['admit', 'admit'])
    // What was issued long ago, and what the clock of before has issued, is over.
    expect([issued(today - 7_200_000), issued(today + 1_800_000)]).toEqual(['signed_out', 'signed_out'])
  })

  test('whatever id another issuer gives to its users, none of them is somebody who registered here', () => {
    expect(admissionOf({ ...access, foreign: true }, standing(), now)).toBe('unauthenticated')
    expect(admissionOf({ ...access, foreign: true }, standing(external), now)).toBe('admit')
  })

  test('a token that does not say its age is refused once age counts', () => {
    const { issuedAt: _, ...ageless } = access
    expect(admissionOf(ageless, standing(), now)).toBe('admit')
    expect(admissionOf(ageless, standing({ tokensFrom: 1 }), now)).toBe('signed_out')
  })

  test('a user of another issuer cannot bring devices without end', () => {
    const many = Array.from({ length: 1000 }, (_, index) => ({ ...phone, deviceId: `d${index}`, signatureKey: null }))
    expect(admissionOf(access, standing(external, many), now)).toBe('unregistered')
  })

  test('roles of a local account are what token and account agree on', () => {
    expect(rolesOf(access, account)).toEqual(['user'])
    expect(rolesOf(access, { ...account, roles: ['user', 'admin'] })).toEqual(['user', 'admin'])
    expect(rolesOf(access, { ...account, ...external })).toEqual(['user', 'admin'])
  })
})
