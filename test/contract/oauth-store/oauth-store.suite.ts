import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { OAuthRecord, OAuthStore } from '../../../src/ports/identity/oauth-store.ts'

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

    describe('records that follow one another', () => {
      const turn = (place: number) => ({
        grantId: 'grant',
        own: `grant/${place}`,
        next: `grant/${place + 1}`,
        graceMs: 60,
      })
      const token = (id: string, place: number) => store.put(record({ id, uid: `grant/${place}` }))
      const use = (id: string, place: number, now: number, by = store) =>
        by.consumeInTurn('RefreshToken', id, turn(place), now)

      test('are consumed again for a while, as long as nothing that came of them was', async () => {
        await token('first', 0)
        expect([await use('first', 0, 10), await use('first', 0, 69), await use('first', 0, 70)]).toEqual([
          true,
          true,
          false,
        ])
        await token('second', 1)
        expect(await use('first', 0, 20)).toBe(true)
        expect([await use('second', 1, 21), await use('first', 0, 22)]).toEqual([true, false])
      })

      test('go on from one of two that came of the same alone', async () => {
        await token('one', 1)
        await token('another', 1)
        expect([await use('one', 1, 10), await use('another', 1, 11)]).toEqual([true, false])
      })

      test('are decided one after the other, whichever process asks', async () => {
        const ids = ['a', 'b', 'c', 'd']
        for (const id of ids) await token(id, 3)
        const answers = await Promise.all(
          ids.flatMap((id) => [use(id, 3, 10), use(id, 3, 10, opened.another ?? store)]),
        )
        // The winner twice, for its answer may have been lost.
        expect(answers.filter((won) => won)).toHaveLength(2)
      })

      test('are not there when they are not, or have expired', async () => {
        await token('old', 0)
        expect([await use('none', 0, 10), await use('old', 0, 1000)]).toEqual([false, false])
      })
    })

    test('trims what belongs to nobody, the oldest first, and nothing else', async () => {
      for (let at = 1; at <= 5; at += 1)
        await store.put(record({ kind: 'Interaction', id: `i${at}`, expiresAt: 1000 + at }))
      await store.put(record({ kind: 'Interaction', id: 'mine', userId: 'alice', expiresAt: 1000 }))
      await store.put(record({ id: 'other kind', expiresAt: 1000 }))
      expect(await store.trim(['Interaction', 'DeviceCode'], 2)).toBe(3)
      const left = await Promise.all(['i3', 'i4', 'mine'].map((id) => store.find('Interaction', id, 0)))
      expect(left.map((found) => found?.id)).toEqual([undefined, 'i4', 'mine'])
      expect(await store.find('RefreshToken', 'other kind', 0)).toBeDefined()
      expect(await store.trim(['Interaction'], 2)).toBe(0)
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
