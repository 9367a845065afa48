import type { Snapshot, SnapshotStore } from '../../ports/snapshot-store.ts'
import type { Engine } from './connect.ts'
import type { WriteGuarded } from './guarded-writes.ts'

type StoredSnapshot = Omit<Snapshot, 'stream'> & { readonly _id: string }

/** The newest snapshot of each stream, whichever process saved it. */
export const createSnapshots = ({ db, maxTimeMS }: Engine, writeGuarded: WriteGuarded): SnapshotStore => {
  const snapshots = db.collection<StoredSnapshot>('snapshots')
  return {
    async load(stream) {
      const found = await snapshots.findOne({ _id: stream }, { maxTimeMS })
      return found === null
        ? undefined
        : { stream, revision: found.revision, version: found.version, state: found.state }
    },
    save: ({ stream, ...values }) =>
      writeGuarded(db.collection('snapshots'), [{ _id: stream, isNew: false, guard: {}, values }]),
  }
}
