import { randomUUID } from 'node:crypto'
import { checkAppend, MAX_APPEND } from '../../event-log/reading/append-limits.ts'
import { isInRange } from '../../event-log/reading/blanked-range.ts'
import { createSubscriptions } from '../../event-log/reading/pull-subscription.ts'
import { upToSize } from '../../event-log/reading/slice-size.ts'
import { LogError } from '../../ports/errors/log-error.ts'
import type {
  Appended,
  EventLog,
  ExpectedRevision,
  NewEvent,
  Position,
  RecordedEvent,
  StreamSlice,
} from '../../ports/event-log.ts'
import type { Snapshot, SnapshotStore } from '../../ports/snapshot-store.ts'

/** What a log in memory leaves when it is closed; another one can be opened on it. */
export interface MemoryStorage {
  readonly epoch: string
  readonly events: RecordedEvent[]
  readonly streams: Map<string, RecordedEvent[]>
  readonly snapshots: Map<string, Snapshot>
}

export interface MemoryLog extends EventLog {
  readonly snapshots: SnapshotStore
}

export const createMemoryStorage = (): MemoryStorage => ({
  epoch: randomUUID(),
  events: [],
  streams: new Map(),
  snapshots: new Map(),
})

/** The event log for tests: the same behaviour, nothing on disk. */
export const createMemoryLog = (storage: MemoryStorage = createMemoryStorage()): MemoryLog => {
  const { epoch, events, streams, snapshots } = storage
  const listeners = new Set<() => void>()
  let closed = false
  // Subscribers see an event in a later turn than the one in which its append resolves.
  let published = events.length

  const readAll = (after: Position, upTo: number, limit: number) =>
    events.slice(Number(after), Math.min(upTo, Number(after) + limit))
  const subscriptions = createSubscriptions({
    read: (after, limit) => readAll(after, published, limit),
    onAdvance(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  })
  const publish = () => {
    published = events.length
    for (const listener of listeners) listener()
  }
  const open = () => {
    if (closed) throw new LogError('log_unavailable', 'The log is closed')
  }

  return {
    epoch,
    maxAppendSize: MAX_APPEND,
    head: async () => BigInt(events.length),
    readStream: async (slice) => upToSize(readSlice(streams.get(slice.stream) ?? [], slice), slice.maxBytes),
    readAll: async (after, limit) => readAll(after, events.length, limit),
    subscribe: subscriptions.subscribe,
    async append(stream, added, expected) {
      open()
      checkAppend(added, expected)
      const appended = appendTo(storage, stream, added, expected)
      setImmediate(publish)
      return appended
    },
    snapshots: {
      load: async (stream) => snapshots.get(stream),
      async save(snapshot) {
        open()
        snapshots.set(snapshot.stream, snapshot)
      },
    },
    async close() {
      closed = true
      await subscriptions.close()
    },
  }
}

const appendTo = (
  { events, streams }: MemoryStorage,
  name: string,
  added: readonly NewEvent[],
  expected: ExpectedRevision,
): Appended => {
  const stream = streams.get(name) ?? []
  const last = stream.length - 1
  if (!holds(expected, last)) return repeated(stream, added, expected)
  streams.set(name, stream)
  for (const event of added) {
    const { blanksTarget, blanksRange, ...recorded } = event
    const { target } = event
    if (blanksTarget === true && target !== undefined)
      blank(events, stream, (one) => one.revision === target || one.target === target)
    if (blanksRange !== undefined) blank(events, stream, (one) => isInRange(blanksRange, one))
    const stored = { ...recorded, stream: name, revision: stream.length, position: BigInt(events.length + 1) }
    stream.push(stored)
    events.push(stored)
  }
  return { firstRevision: last + 1, position: BigInt(events.length) }
}

const holds = (expected: ExpectedRevision, last: number): boolean => (expected === 'no_stream' ? -1 : expected) === last

const repeated = (stream: RecordedEvent[], added: readonly NewEvent[], expected: ExpectedRevision): Appended => {
  const first = expected === 'no_stream' ? 0 : expected + 1
  const there = stream.slice(first, first + added.length)
  const end = there.at(-1)
  if (end === undefined || there.length < added.length || there.some((event, index) => event.id !== added[index]?.id))
    throw new LogError('wrong_expected_revision', `The stream is at revision ${stream.length - 1}`, stream.length - 1)
  return { firstRevision: first, position: end.position }
}

const blank = (
  events: RecordedEvent[],
  stream: RecordedEvent[],
  isBlanked: (event: RecordedEvent) => boolean,
): void => {
  for (const event of stream) {
    if (event.body === null || !isBlanked(event)) continue
    const blanked = { ...event, body: null }
    stream[event.revision] = blanked
    events[Number(event.position) - 1] = blanked
  }
}

const readSlice = (stream: readonly RecordedEvent[], slice: StreamSlice): readonly RecordedEvent[] => {
  const { from, after = -1n, upTo, direction = 'forwards', limit } = slice
  const inRange = stream.filter(({ position }) => position > after && (upTo === undefined || position <= upTo))
  if (direction === 'forwards') return inRange.filter(({ revision }) => revision >= (from ?? 0)).slice(0, limit)
  return inRange
    .filter(({ revision }) => from === undefined || revision <= from)
    .reverse()
    .slice(0, limit)
}
