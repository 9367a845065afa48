import { afterEach, beforeEach, describe, expect, test } from 'vitest'
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

export interface OpenedOAuthStore {
  readonly store: OAuthStore
  /** A second connection to the same data, as another process has it; undefined for a store in memory. */
  readonly another?: OAuthStore
  remove(): Promise<void>
}

/** What every OAuth store promises. */
export const oauthStoreContract = (name: string, open: () => Promise<OpenedOAuthStore>): void => {
  describe(`${name} as an OAuth store`, () => {
    let opened: OpenedOAuthStore
    let store: OAuthStore
    beforeEach(async () => {
      opened = await open()
      store = opened.store
    })
    afterEach(() => opened.remove())

    test('finds what was put, under its kind alone, until it expires', async () => {
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
      await store.put(record({ kind: 'Session', uid: 'u' }))
      await store.put(record({ kind: 'DeviceCode', userCode: 'BCDF' }))
      expect((await store.findByUid('Session', 'u', 0))?.id).toBe('one')
      expect((await store.findByUserCode('DeviceCode', 'BCDF', 0))?.id).toBe('one')
      expect(await store.findByUid('DeviceCode', 'u', 0)).toBeUndefined()
      expect(await store.findByUserCode('DeviceCode', 'BCDF', 1000)).toBeUndefined()
    })

    test('lets exactly one of many consume a record, and keeps it consumed when it is written again', async () => {
      await store.put(record())
      const answers = await Promise.all(Array.from({ length: 10 }, () => store.consume('RefreshToken', 'one', 5)))
      expect(answers.filter((won) => won)).toHaveLength(1)
      await store.put(record({ payload: '{"a":2}' }))
      expect(await store.find('RefreshToken', 'one', 6)).toEqual({ id: 'one', payload: '{"a":2}', consumedAt: 5 })
      expect(await store.consume('RefreshToken', 'one', 7)).toBe(false)
    })

    test('consumes nothing that is not there or has expired', async () => {
      await store.put(record())
      expect(await store.consume('RefreshToken', 'other', 0)).toBe(false)
      expect(await store.consume('RefreshToken', 'one', 1000)).toBe(false)
    })

    test('removes one record, or all of a grant', async () => {
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
      await store.put(record())
      await store.put(record({ id: 'later', expiresAt: 2000 }))
      await store.purge(1000)
      expect(await store.find('RefreshToken', 'one', 0)).toBeUndefined()
      expect(await store.find('RefreshToken', 'later', 0)).toBeDefined()
    })

    test('keeps what several connections write and consume at the same time', async () => {
      const other = opened.another ?? store
      const ids = Array.from({ length: 25 }, (_, index) => `id-${index}`)
      await Promise.all(ids.flatMap((id) => [store.put(record({ id })), other.put(record({ id }))]))
      const answers = await Promise.all(
        ids.flatMap((id) => [store.consume('RefreshToken', id, 5), other.consume('RefreshToken', id, 5)]),
      )
      expect(answers.filter((won) => won)).toHaveLength(ids.length)
    })

    test('finds nothing under what no engine can store', async () => {
      expect(await store.find('DeviceCode', 'a\0b', 0)).toBeUndefined()
    })
  })
}
