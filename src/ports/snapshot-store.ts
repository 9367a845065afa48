/**
 * Snapshots limit the time to load a long stream. They are a cache: any of them may be missing, and one with
 * another `version` than the reader's is ignored. A save is ordered after the appends made before it; `load`
 * returns the latest one saved.
 */
export interface Snapshot {
  readonly stream: string
  /** The state includes events up to and including this revision. */
  readonly revision: number
  /** Version of the state's shape. */
  readonly version: number
  /** JSON. */
  readonly state: string
}

export interface SnapshotStore {
  load(stream: string): Promise<Snapshot | undefined>
  save(snapshot: Snapshot): Promise<void>
}
