import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { createMemoryOAuthStore } from '../../src/adapters/memory/oauth-store.ts'
import { openAccountsFile } from '../../src/adapters/sql/open-sqlite.ts'
import type { OAuthRecord, OAuthStore } from '../../src/ports/oauth-store.ts'

const record = (changes: Partial<OAuthRecord> = {}): OAuthRecord => ({
  kind: 'RefreshToken',
  id: 'one',
  payload: '{"a":1}',
  grantId: 'grant',
  userId: undefined,
  uid: undefined,
  userCode: undefined,
  expiresAt: 1000,
  ...changes,
})

const stores: Record<string, () => Promise<OAuthStore>> = {
  memory: async () => createMemoryOAuthStore(),
  sqlite: async () => (await openAccountsFile({ directory: await mkdtemp(join(tmpdir(), 'backscroll-oauth-')) })).oauth,
}

describe.each(Object.entries(stores))('an OAuth store (%s)', (_name, open) => {
  test('finds what was put, under its kind alone, until it expires', async () => {
    const store = await open()
    await store.put(record())
    expect(await store.find('RefreshToken', 'one', 999)).toEqual({
      id: 'one',
      payload: '{"a":1}',
      consumedAt: undefined,
    })
    expect(await store.find('RefreshToken', 'one', 1000)).toBeUndefined()
    expect(await store.find('Session', 'one', 0)).toBeUndefined()
  })

  test('finds by uid and by user code', async () => {
    const store = await open()
    await store.put(record({ kind: 'Session', uid: 'u' }))
    await store.put(record({ kind: 'DeviceCode', userCode: 'BCDF' }))
    expect((await store.findByUid('Session', 'u', 0))?.id).toBe('one')
    expect((await store.findByUserCode('DeviceCode', 'BCDF', 0))?.id).toBe('one')
    expect(await store.findByUid('DeviceCode', 'u', 0)).toBeUndefined()
    expect(await store.findByUserCode('DeviceCode', 'BCDF', 1000)).toBeUndefined()
  })

  test('lets exactly one of many consume a record, and keeps it consumed when it is written again', async () => {
    const store = await open()
    await store.put(record())
    const answers = await Promise.all(Array.from({ length: 10 }, () => store.consume('RefreshToken', 'one', 5)))
    expect(answers.filter((won) => won)).toHaveLength(1)
    await store.put(record({ payload: '{"a":2}' }))
    expect(await store.find('RefreshToken', 'one', 6)).toEqual({ id: 'one', payload: '{"a":2}', consumedAt: 5 })
    expect(await store.consume('RefreshToken', 'one', 7)).toBe(false)
  })

  test('consumes nothing that is not there or has expired', async () => {
    const store = await open()
    await store.put(record())
    expect(await store.consume('RefreshToken', 'other', 0)).toBe(false)
    expect(await store.consume('RefreshToken', 'one', 1000)).toBe(false)
  })

  test('removes one record, or all of a grant', async () => {
    const store = await open()
    await store.put(record())
    await store.put(record({ kind: 'Grant', id: 'grant' }))
    await store.put(record({ id: 'two', grantId: 'another' }))
    await store.remove('RefreshToken', 'two')
    expect(await store.find('RefreshToken', 'two', 0)).toBeUndefined()
    await store.removeGrant('grant')
    expect(await store.find('RefreshToken', 'one', 0)).toBeUndefined()
    expect(await store.find('Grant', 'grant', 0)).toBeUndefined()
  })

  test('purges what has expired and nothing else', async () => {
    const store = await open()
    await store.put(record())
    await store.put(record({ id: 'later', expiresAt: 2000 }))
    await store.purge(1000)
    expect(await store.find('RefreshToken', 'one', 0)).toBeUndefined()
    expect(await store.find('RefreshToken', 'later', 0)).toBeDefined()
  })
})
