import { describe, expect, it } from 'vitest'
import type { SnapshotStore } from '../../../src/ports/snapshot-store.ts'
import { logEvent, logEvents } from '../../support/event-log/events.ts'
import type { LogWorld } from './event-log.suite.ts'

/** For a log that keeps snapshots, too. */
export const snapshotContract = ({ log, reopen }: LogWorld): void => {
  const snapshots = (): SnapshotStore => {
    const store = log().snapshots
    if (store === undefined) throw new Error('This log keeps no snapshots')
    return store
  }

  describe('snapshots', () => {
    const snapshot = (revision: number) => ({ stream: 'a', revision, version: 2, state: `{"at":${revision}}` })

    it('loads the newest one saved, also after a restart', async () => {
      expect(await snapshots().load('a')).toBeUndefined()
      await snapshots().save(snapshot(1))
      await snapshots().save(snapshot(7))
      expect(await snapshots().load('a')).toEqual(snapshot(7))
      expect(await snapshots().load('b')).toBeUndefined()
      await reopen()
      expect(await snapshots().load('a')).toEqual(snapshot(7))
    })

    it('orders a save after the appends made before it', async () => {
      const appended = log().append('a', logEvents('x', 2), 'no_stream')
      await snapshots().save(snapshot(1))
      expect(await log().readStream({ stream: 'a', limit: 10 })).toHaveLength(2)
      expect((await appended).firstRevision).toBe(0)
    })

    it('leaves the stream as it is', async () => {
      await snapshots().save(snapshot(1))
      expect(await log().head()).toBe(0n)
      expect((await log().append('a', [logEvent('x')], 'no_stream')).firstRevision).toBe(0)
    })

    it('refuses a save after close', async () => {
      await log().close()
      await expect(snapshots().save(snapshot(1))).rejects.toMatchObject({ code: 'log_unavailable' })
    })
  })
}
