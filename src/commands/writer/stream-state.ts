import type { EventStreams } from '../../event-log/event-logs.ts'
import type { SnapshotStore } from '../../ports/snapshot-store.ts'
import type { Contention } from './contention.ts'
import { type Fold, foldOn, type Loaded, loadStream } from './load-stream.ts'

export interface StreamStateDeps<State> {
  readonly stream: string
  readonly fold: Fold<State>
  readonly contention: Pick<Contention<State>, 'looked'>
  readonly log: EventStreams
  readonly snapshots: SnapshotStore
}

/** The state of one stream that its writer keeps in memory, and the snapshots that make the next load short. */
export interface StreamState<State> {
  /** The state in memory; undefined before the first load and after a failure. */
  readonly loaded: Loaded<State> | undefined
  /** Loads the state from the newest snapshot and the log. */
  load(): Promise<Loaded<State>>
  /** Folds the events that others have appended since; resolves with whether there were any. */
  catchUp(): Promise<boolean>
  /** Takes the state after an append. */
  keep(loaded: Loaded<State>): void
  /** Takes an earlier state instead of the present one, or none: then the next command loads it. */
  goBack(before: Loaded<State> | undefined): void
}

/** Events between two snapshots. */
const snapshotEvery = 500

export const createStreamState = <State>(deps: StreamStateDeps<State>): StreamState<State> => {
  const { stream, fold, contention, log, snapshots } = deps
  let loaded: Loaded<State> | undefined
  let loading: Promise<Loaded<State>> | undefined
  let snapshotRevision = -1

  const keepLoaded = (fresh: Loaded<State>): Loaded<State> => {
    loading = undefined
    loaded = fresh
    snapshotRevision = fresh.revision
    return fresh
  }

  /** Shared by all callers that wait for it, so that a late load never replaces a state that has moved on. */
  const load = (): Promise<Loaded<State>> => {
    loading ??= loadStream(log, snapshots, fold, stream).then(keepLoaded, (error) => {
      loading = undefined
      throw error
    })
    return loading
  }

  return {
    get loaded() {
      return loaded
    },
    load,
    catchUp: async () => {
      const before = loaded ?? (await load())
      loaded = await foldOn(log, fold, stream, before)
      const others = loaded.revision > before.revision
      contention.looked(others)
      return others
    },
    keep: ({ state, revision }) => {
      loaded = { state, revision }
      if (revision - snapshotRevision < snapshotEvery) return
      snapshotRevision = revision
      // Snapshots are a cache: one that cannot be written costs time at the next load, nothing else.
      snapshots.save({ stream, revision, version: fold.version, state: fold.toSnapshot(state) }).catch(() => undefined)
    },
    goBack: (before) => {
      loaded = before
    },
  }
}
