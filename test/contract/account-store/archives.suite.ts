import { randomBytes } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { ArchiveRecord, PieceWrite } from '../../../src/ports/archive-records.ts'
import type { AccountStore } from '../../../src/ports/identity/account-store.ts'
import { localAccount, type OpenedAccountStore } from './account-store.suite.ts'

const now = 1_767_225_600_000
const day = 86_400_000
const most = { pieces: 3, bytes: 1_000 }

const transfer = (archiveId: string, changes: Partial<ArchiveRecord> = {}): ArchiveRecord => ({
  ...{ archiveId, userId: 'alice', kind: 'transfer', deviceId: 'new', writerId: null, key: 'k', signature: 's' },
  ...{ manifest: null, complete: false, createdAt: now, changedAt: now },
  ...changes,
})
const backup = (archiveId: string, changes: Partial<ArchiveRecord> = {}): ArchiveRecord =>
  transfer(archiveId, { kind: 'backup', deviceId: 'old', writerId: 'old', key: null, signature: null, ...changes })

/** What every account store promises of archives of the history. */
export const archivesContract = (name: string, open: () => Promise<OpenedAccountStore>): void => {
  describe(`${name} as the keeper of archives`, () => {
    let opened: OpenedAccountStore
    let store: AccountStore
    beforeEach(async () => {
      opened = await open()
      store = opened.store
      await store.create(localAccount('alice'))
      await store.create(localAccount('bob'))
    })
    afterEach(() => opened.remove())

    const file = async (userId = 'alice', size = 100) => {
      const id = randomBytes(24).toString('base64url')
      const record = { id, userId, size, received: size, parts: null, hash: null, createdAt: now, namedAt: null }
      await store.beginMedia(record, { bytes: 1_000_000, uploads: 100 })
      await store.finishMedia(id, 'hash')
      return id
    }
    const write = (archiveId: string, changes: object = {}) =>
      store.writeManifest({
        ...{ userId: 'alice', archiveId, deviceId: 'old', at: now, manifest: 'm', complete: false, idleSince: now },
        ...changes,
      })
    const add = (archiveId: string, piece: number, mediaId: string, changes: Partial<PieceWrite> = {}) =>
      store.addPiece({ userId: 'alice', archiveId, deviceId: 'old', at: now, piece, mediaId, most, ...changes })
    const sweepable = async () =>
      (await store.sweepableMedia({ created: now + day, named: now }, '', 100)).map(({ record }) => record.id)

    it('keeps one transfer for a device that asks, and as many archives of a user as there may be', async () => {
      expect(await store.openArchive(transfer('a'), 2)).toBe('opened')
      expect(await store.openArchive(transfer('a'), 2)).toBe('opened')
      expect(await store.openArchive(transfer('a', { key: 'other' }), 2)).toBe('taken')
      expect(await store.openArchive(transfer('a', { userId: 'bob' }), 2)).toBe('taken')
      expect(await store.openArchive(transfer('b'), 2)).toBe('opened')
      expect((await store.archives('alice')).map(({ archiveId }) => archiveId)).toEqual(['b'])
      expect(await store.openArchive(transfer('c', { deviceId: 'third' }), 2)).toBe('opened')
      expect(await store.openArchive(transfer('d', { deviceId: 'fourth' }), 2)).toBe('full')
      expect(await store.archives('bob')).toEqual([])
    })

    it('is written by one other device, until that has been idle, and takes its pieces in order', async () => {
      await store.openArchive(transfer('a'), 9)
      const [one, two] = [await file(), await file()]
      expect(await add('a', 0, one)).toBe('taken')
      expect(await write('a', { deviceId: 'new' })).toBe('taken')
      expect(await write('none')).toBe('missing')
      expect(await write('a', { userId: 'bob' })).toBe('missing')
      expect(await write('a')).toBe('written')
      expect(await write('a', { deviceId: 'third' })).toBe('taken')
      expect(await add('a', 1, one)).toEqual({ next: 0 })
      for (const _ of [1, 2]) expect(await add('a', 0, one)).toBe('added')
      expect(await add('a', 0, two)).toEqual({ next: 1 })
      expect(await add('a', 1, one)).toBe('unknown_media')
      expect(await add('a', 1, two)).toBe('added')
      expect(await store.archivePieces('a', 1, 9)).toEqual([{ piece: 1, mediaId: two, size: 100 }])
      expect(await write('a', { complete: true })).toBe('written')
      expect(await store.archives('alice')).toMatchObject([{ pieces: 2, bytes: 200, complete: true, writerId: 'old' }])
      expect(await write('a', { deviceId: 'third', manifest: 'n', idleSince: now + 1 })).toBe('written')
      expect(await store.archives('alice')).toMatchObject([{ pieces: 0, bytes: 0, writerId: 'third' }])
      expect([await store.media(one), await store.media(two)]).toEqual([undefined, undefined])
    })

    it('takes only complete files of the user that no message names, of bounded size and number', async () => {
      await store.openArchive(backup('a'), 9)
      const named = await file()
      await store.nameMedia([named], now)
      for (const id of [named, await file('bob'), await file('alice', 1_001), 'none'])
        expect(await add('a', 0, id)).toBe('unknown_media')
      for (const piece of [0, 1, 2]) expect(await add('a', piece, await file())).toBe('added')
      expect(await add('a', 3, await file())).toBe('full')
      expect(await add('a', 0, await file(), { userId: 'bob' })).toBe('missing')
    })

    it('keeps pieces from the sweep as long as the archive, and frees their bytes with it', async () => {
      await store.openArchive(backup('a'), 9)
      const [piece, loose] = [await file(), await file()]
      await add('a', 0, piece)
      expect(await sweepable()).toEqual([loose])
      expect(await store.removeArchive('bob', 'a')).toBe(false)
      expect(await store.removeArchive('alice', 'a')).toBe(true)
      expect(await store.removeArchive('alice', 'a')).toBe(false)
      expect((await store.retiredMedia(9)).map(({ id }) => id)).toEqual([piece])
    })

    it('replaces a backup only by a complete one, and never a backup by a transfer', async () => {
      await store.openArchive(backup('a'), 9)
      await add('a', 0, await file())
      await write('a', { complete: true })
      await store.openArchive(backup('b'), 9)
      await store.openArchive(transfer('t'), 9)
      expect(await write('b', { deviceId: 'third', idleSince: now + 1 })).toBe('taken')
      expect(await write('b', { manifest: 'n' })).toBe('written')
      const ids = async () => (await store.archives('alice')).map(({ archiveId }) => archiveId)
      expect(await ids()).toEqual(['a', 'b', 't'])
      await store.openArchive(backup('c'), 9)
      expect(await ids()).toEqual(['a', 'c', 't'])
      await write('c', { complete: true })
      expect(await ids()).toEqual(['c', 't'])
    })

    it('forgets what nobody finishes after a week, and everything of an erased user', async () => {
      await store.openArchive(transfer('t'), 9)
      await store.openArchive(backup('a'), 9)
      await write('a', { complete: true })
      await store.openArchive(backup('b'), 9)
      await store.purge(now + 7 * day, 0)
      expect(await store.archives('alice')).toHaveLength(3)
      await store.purge(now + 7 * day + 1, 0)
      expect((await store.archives('alice')).map(({ archiveId }) => archiveId)).toEqual(['a'])
      const piece = await file()
      await add('a', 0, piece)
      const notice = { id: 'n', userId: 'alice', command: { type: 'EraseUser', actor: null, at: now } as const }
      await store.erase('alice', now, notice)
      expect(await store.archives('alice')).toEqual([])
      expect(await sweepable()).toEqual([piece])
    })
  })
}
