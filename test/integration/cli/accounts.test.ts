import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openAccountsFile } from '../../../src/adapters/sql/database/open-sqlite.ts'
import { vouchFor } from '../../../src/cli/token/vouch-for.ts'
import { loadConfig } from '../../../src/config/config.ts'
import { hashResetCode } from '../../../src/identity/accounts/sign-in/issue-reset.ts'
import type { AccountStore } from '../../../src/ports/identity/account-store.ts'
import { localAccount } from '../../contract/account-store/account-store.suite.ts'
import { startCli } from '../../support/cli/process.ts'

let directory: string
/** As a running server has it open. */
let store: AccountStore
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'backscroll-vouch-'))
  store = await openAccountsFile({ directory })
})
afterEach(async () => {
  await store.close()
  await rm(directory, { recursive: true })
})

const config = () => loadConfig({ BACKSCROLL_DATA: directory })
const phoneOf = (userId: string) => ({ userId, deviceId: 'phone', roles: ['user', 'admin'] as const })

test('the operator lets in anybody, and what is there stays', async () => {
  await vouchFor(config(), phoneOf('alice'))
  await vouchFor(config(), phoneOf('alice'))
  const { account, devices } = await store.standing('alice')
  expect([account?.origin, devices.length]).toEqual(['external', 1])
})

test('the operator does not vouch for a registered account by mistake: it takes options that say so', async () => {
  await store.create(localAccount('bob'))
  await expect(vouchFor(config(), phoneOf('bob'))).rejects.toThrow('--existing-account')
  await expect(vouchFor(config(), { ...phoneOf('bob'), existingAccount: true })).rejects.toThrow('--grant-role')
  const { account, devices } = await store.standing('bob')
  expect([account?.roles, devices.length]).toEqual([['user'], 0])
})

test('a registered user gets the device and the role if the operator asks for it, and the operator is told who it is', async () => {
  await store.create(localAccount('bob'))
  const said = await vouchFor(config(), { ...phoneOf('bob'), existingAccount: true, grantRole: true })
  expect(said).toContain(`registered as ${localAccount('bob').login}`)
  const { account, devices } = await store.standing('bob')
  expect([account?.origin, account?.roles, devices.length]).toEqual(['local', ['user', 'admin'], 1])
  await expect(vouchFor(config(), { ...phoneOf('bob'), existingAccount: true })).resolves.toContain('admin')
})

test("an id that the operator gave out is nobody else's afterwards", async () => {
  await vouchFor(config(), phoneOf('ops'))
  expect(await store.create(localAccount('ops'))).toBe('user_taken')
})

test('an account or device that was erased, deactivated or revoked is named', async () => {
  const notice = (id: string) => ({
    id,
    userId: 'carol',
    command: { type: 'RevokeDevice' as const, actor: null, at: 1, deviceId: 'phone' },
  })
  await vouchFor(config(), phoneOf('carol'))
  await store.revokeDevice('carol', 'phone', 1, notice('1'))
  await expect(vouchFor(config(), phoneOf('carol'))).rejects.toThrow('revoked')
  await store.change('carol', { status: 'deactivated' })
  await expect(vouchFor(config(), phoneOf('carol'))).rejects.toThrow('deactivated')
  await store.erase('carol', 1, notice('2'))
  await expect(vouchFor(config(), phoneOf('carol'))).rejects.toThrow('erased')
})

test('accounts reset-link prints a link to the public address, good once, for who has a password here', async () => {
  await store.create(localAccount('dora'))
  const env = { BACKSCROLL_DATA: directory, BACKSCROLL_PUBLIC_URL: 'https://chat.example.org' }
  const link = (login: string) => startCli(['accounts', 'reset-link', '--login', login], env).ended
  const { code, stdout, stderr } = await link(localAccount('dora').login ?? '')
  expect([code, stderr]).toEqual([0, expect.stringContaining('Good once, until')])
  const secret = /^https:\/\/chat\.example\.org\/oauth\/reset\?code=([\w-]{43})\n$/.exec(stdout)?.[1] ?? ''
  expect(await store.useReset(hashResetCode(secret), 'hash', Date.now())).toBe(true)
  expect(await store.useReset(hashResetCode(secret), 'hash', Date.now())).toBe(false)
  expect(await link('nobody')).toMatchObject({ code: 78, stdout: '' })
})

test('accounts reset-second-factor lets the password alone sign in again', async () => {
  await store.create(localAccount('emma'))
  const passkey = {
    credentialId: 'k',
    userId: 'emma',
    name: null,
    publicKey: 'x',
    counter: 0,
    transports: [],
    addedAt: 1,
  }
  await store.addPasskey(passkey, 5, ['c'])
  const reset = () =>
    startCli(['accounts', 'reset-second-factor', '--login', localAccount('emma').login ?? ''], {
      BACKSCROLL_DATA: directory,
    }).ended
  expect(await reset()).toMatchObject({ code: 0, stdout: 'emma signs in with the password alone\n' })
  expect(await store.factors('emma')).toEqual({ totp: undefined, passkeys: [], recoveryCodes: [] })
  expect((await reset()).code).toBe(78)
})
