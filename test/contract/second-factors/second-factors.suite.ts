import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { AccountStore } from '../../../src/ports/identity/account-store.ts'
import { localAccount } from '../account-store/account-store.suite.ts'

export interface OpenedFactors {
  readonly store: AccountStore
  readonly another: AccountStore
  remove(): Promise<void>
}

const passkey = (credentialId: string, userId = 'alice') => ({
  credentialId,
  userId,
  name: 'key',
  publicKey: 'cose',
  counter: 0,
  transports: ['internal'],
  addedAt: 1,
})
const notice = { id: 'n', userId: 'alice', command: { type: 'EraseUser' as const, actor: null, at: 1 } }
const won = (answers: readonly boolean[]) => answers.filter((answer) => answer).length

/** What every accounts database promises of second factors and of links that reset a password. */
export const secondFactorsContract = (name: string, open: () => Promise<OpenedFactors>): void => {
  describe(`${name} with second factors and password resets`, () => {
    let opened: OpenedFactors
    let store: AccountStore
    beforeEach(async () => {
      opened = await open()
      store = opened.store
      await store.create(localAccount('alice'))
      await store.create(localAccount('bob'))
    })
    afterEach(() => opened.remove())

    test('a seed proves nothing until it was confirmed, and is not replaced after', async () => {
      expect(await store.offerTotp('alice', 's1')).toBe(true)
      expect(await store.offerTotp('alice', 's2')).toBe(true)
      expect(await store.takeTotpStep('alice', 's2', 5)).toBe(false)
      expect(await store.confirmTotp('alice', 's1', 5, ['c'], 9)).toBe(false)
      expect(await store.confirmTotp('alice', 's2', 5, ['c1', 'c2'], 9)).toBe(true)
      expect(await store.offerTotp('alice', 's3')).toBe(false)
      expect(await store.confirmTotp('alice', 's2', 6, undefined, 9)).toBe(false)
      const { totp, recoveryCodes } = await store.factors('alice')
      expect([totp, [...recoveryCodes].sort()]).toEqual([{ secret: 's2', confirmedAt: 9 }, ['c1', 'c2']])
      expect(await store.offerTotp('nobody', 's')).toBe(false)
    })

    test('each time step is taken once, by one of many processes, and never an earlier one', async () => {
      await store.offerTotp('alice', 's')
      await store.confirmTotp('alice', 's', 5, [], 9)
      expect(await store.takeTotpStep('alice', 's', 5)).toBe(false)
      const calls = [store, opened.another, store, opened.another, store, opened.another]
      expect(won(await Promise.all(calls.map((one) => one.takeTotpStep('alice', 's', 7))))).toBe(1)
      expect([await store.takeTotpStep('alice', 's', 6), await store.takeTotpStep('alice', 'x', 9)]).toEqual([
        false,
        false,
      ])
    })

    test('a recovery code is good once, for its user', async () => {
      await store.putRecoveryCodes('alice', ['old'])
      await store.putRecoveryCodes('alice', ['c1', 'c2'])
      expect([await store.takeRecoveryCode('alice', 'old'), await store.takeRecoveryCode('bob', 'c1')]).toEqual([
        false,
        false,
      ])
      const calls = [store, opened.another, store, opened.another]
      expect(won(await Promise.all(calls.map((one) => one.takeRecoveryCode('alice', 'c1'))))).toBe(1)
      expect((await store.factors('alice')).recoveryCodes).toEqual(['c2'])
    })

    test('a passkey belongs to one account, and an account has as many as it may', async () => {
      expect(await store.addPasskey(passkey('k1'), 2, ['c1'])).toBe('added')
      expect(await store.addPasskey(passkey('k1', 'bob'), 2, undefined)).toBe('taken')
      expect(await store.addPasskey(passkey('k2'), 2, undefined)).toBe('added')
      expect(await store.addPasskey(passkey('k3'), 2, undefined)).toBe('limit')
      expect(await store.addPasskey(passkey('k4', 'nobody'), 2, undefined)).toBe('no_account')
      expect(await store.passkey('k1')).toEqual({ ...passkey('k1'), usedAt: null })
      const { passkeys, recoveryCodes } = await store.factors('alice')
      expect([passkeys.map(({ credentialId }) => credentialId), recoveryCodes]).toEqual([['k1', 'k2'], ['c1']])
    })

    test('an authenticator that counts never shows a count twice; one that does not says 0', async () => {
      await store.addPasskey(passkey('k1'), 2, undefined)
      expect([await store.takePasskeyCount('k1', 0, 5), await store.takePasskeyCount('k1', 0, 6)]).toEqual([true, true])
      const calls = [store, opened.another, store, opened.another]
      expect(won(await Promise.all(calls.map((one) => one.takePasskeyCount('k1', 3, 7))))).toBe(1)
      expect([await store.takePasskeyCount('k1', 2, 8), await store.takePasskeyCount('k1', 0, 8)]).toEqual([
        false,
        false,
      ])
      expect(await store.passkey('k1')).toMatchObject({ counter: 3, usedAt: 7 })
      expect(await store.takePasskeyCount('none', 1, 1)).toBe(false)
    })

    test('recovery codes go with the last factor', async () => {
      await store.addPasskey(passkey('k1'), 2, ['c1'])
      await store.offerTotp('alice', 's')
      await store.confirmTotp('alice', 's', 5, undefined, 9)
      expect(await store.removePasskey('bob', 'k1')).toBe(false)
      expect([await store.removePasskey('alice', 'k1'), await store.removePasskey('alice', 'k1')]).toEqual([
        true,
        false,
      ])
      expect((await store.factors('alice')).recoveryCodes).toEqual(['c1'])
      expect([await store.removeTotp('alice'), await store.removeTotp('alice')]).toEqual([true, false])
      expect((await store.factors('alice')).recoveryCodes).toEqual([])
      await store.addPasskey(passkey('k1'), 2, ['c1'])
      expect([await store.removeFactors('alice'), await store.removeFactors('alice')]).toEqual([true, false])
    })

    test('a link that resets a password is good once, for a time, and ends the others', async () => {
      const reset = (codeHash: string, createdAt: number) => ({
        codeHash,
        userId: 'alice',
        createdAt,
        expiresAt: 100 + createdAt,
      })
      for (const at of [1, 2, 3]) await store.putReset(reset(`r${at}`, at), 2)
      expect(await store.resetOf('r1', 50)).toBeUndefined()
      expect(await store.resetOf('r2', 50)).toMatchObject({ userId: 'alice' })
      expect(await store.resetOf('r2', 102)).toBeUndefined()
      expect(await store.useReset('r2', 'hash', 102)).toBe(false)
      const calls = [store, opened.another, store, opened.another]
      expect(won(await Promise.all(calls.map((one, index) => one.useReset('r3', `hash-${index}`, 50))))).toBe(1)
      expect(await store.useReset('r2', 'hash', 50)).toBe(false)
      const account = await store.account('alice')
      expect([account?.passwordHash?.slice(0, 5), account?.tokensFrom, account?.tokensSpare]).toEqual([
        'hash-',
        50,
        null,
      ])
    })

    test('a link is no use for an account that is deactivated', async () => {
      await store.putReset({ codeHash: 'r', userId: 'alice', createdAt: 1, expiresAt: 100 }, 2)
      await store.change('alice', { status: 'deactivated' })
      expect(await store.useReset('r', 'hash', 5)).toBe(false)
    })

    test('erasing the account erases all of it', async () => {
      await store.addPasskey(passkey('k1'), 2, ['c1'])
      await store.offerTotp('alice', 's')
      await store.putReset({ codeHash: 'r', userId: 'alice', createdAt: 1, expiresAt: 100 }, 2)
      await store.erase('alice', 1, notice)
      expect(await store.factors('alice')).toEqual({ totp: undefined, passkeys: [], recoveryCodes: [] })
      expect(await store.resetOf('r', 5)).toBeUndefined()
    })
  })
}
