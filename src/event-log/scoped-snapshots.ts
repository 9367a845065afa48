import type { SnapshotStore } from '../ports/snapshot-store.ts'

/** A log that was restored has streams of the same names, and must not be met by states that it has not reached. */
export const scopedSnapshots = (life: string, { load, save }: SnapshotStore): SnapshotStore => {
  const named = (stream: string): string => `${life}.${stream}`
  return {
    load: async (stream) => {
      const found = await load(named(stream))
      return found && { ...found, stream }
    },
    save: (snapshot) => save({ ...snapshot, stream: named(snapshot.stream) }),
  }
}
