import type { StreamReader } from '../../event-log/event-logs.ts'
import { foreignType } from '../../event-log/foreign-type.ts'
import { LogError } from '../../ports/errors/log-error.ts'
import type { RecordedEvent } from '../../ports/event-log.ts'
import type { SnapshotStore } from '../../ports/snapshot-store.ts'

/** How the states of one kind of stream are folded and stored. `evolve` owns the state that it gets. */
export interface Fold<State> {
  readonly version: number
  initial(): State
  evolve(state: State, event: RecordedEvent): State
  toSnapshot(state: State): string
  fromSnapshot(text: string): State
}

export interface Loaded<State> {
  readonly state: State
  /** The revision of the last folded event; -1 when the stream does not exist. */
  readonly revision: number
}

const pageSize = 1000

/** No decision is possible on a stream that lacks an event, or that another program writes to. */
const checkNext = ({ stream, type, revision }: RecordedEvent, expected: number): void => {
  if (revision !== expected) throw new LogError('stream_closed', `The log has no revision ${expected} of ${stream}`)
  if (type === foreignType)
    throw new LogError('stream_closed', `Another program wrote revision ${revision} of ${stream}`)
}

/**
 * Folds the following events of the stream into the state, in place; when it rejects, the state is no longer
 * usable. Rejects with `stream_closed` for a stream that cannot be continued.
 */
export const foldOn = async <State>(
  log: StreamReader,
  fold: Fold<State>,
  stream: string,
  from: Loaded<State>,
  upTo: number = Number.MAX_SAFE_INTEGER,
): Promise<Loaded<State>> => {
  let { state, revision } = from
  while (revision < upTo) {
    const limit = Math.min(pageSize, upTo - revision)
    const events = await log.readStream({ stream, from: revision + 1, limit, mustBeOpen: true, withoutBodies: true })
    for (const event of events) {
      checkNext(event, revision + 1)
      state = fold.evolve(state, event)
      revision = event.revision
    }
    if (events.length < limit) break
  }
  return { state, revision }
}

/** Folds a stream from its newest usable snapshot. With `upTo`, exactly as of that revision. */
export const loadStream = async <State>(
  log: StreamReader,
  snapshots: SnapshotStore,
  fold: Fold<State>,
  stream: string,
  upTo: number = Number.MAX_SAFE_INTEGER,
): Promise<Loaded<State>> => {
  const snapshot = await snapshots.load(stream)
  const usable = snapshot !== undefined && snapshot.version === fold.version && snapshot.revision <= upTo
  const from = usable
    ? { state: fold.fromSnapshot(snapshot.state), revision: snapshot.revision }
    : { state: fold.initial(), revision: -1 }
  return foldOn(log, fold, stream, from, upTo)
}
