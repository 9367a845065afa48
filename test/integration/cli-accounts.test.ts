import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openAccountsFile } from '../../src/adapters/sql/open-sqlite.ts'
import { vouchFor } from '../../src/compose/vouch-for.ts'
import { loadConfig } from '../../src/config.ts'
import type { AccountStore } from '../../src/ports/accounts.ts'
import { localAccount } from '../contract/account-store.suite.ts'

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

test('the operator lets in whom he likes, and what is there stays', async () => {
  await vouchFor(config(), phoneOf('alice'))
  await vouchFor(config(), phoneOf('alice'))
  const { account, devices } = await store.standing('alice')
  expect([account?.origin, devices.length]).toEqual(['external', 1])
})

test('a local account gets the device and the role', async () => {
  await store.create(localAccount('bob'))
  await vouchFor(config(), phoneOf('bob'))
  const { account, devices } = await store.standing('bob')
  expect([account?.origin, account?.roles, devices.length]).toEqual(['local', ['user', 'admin'], 1])
})

test('what was erased, deactivated or revoked is named', async () => {
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
