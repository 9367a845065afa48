import { randomUUID } from 'node:crypto'
import { type Journal, noJournal } from './journal.ts'
import { type Expected, endOf, type ProposedEvent, type StoredEvent, sizeOf, ticksNow } from './stored-event.ts'
import { deletedForNow, noMetadata, readMetadata, type StreamMetadata } from './stream-metadata.ts'

export type Appended =
  | { readonly result: 'appended'; readonly last: StoredEvent }
  /** The same events stand there already. */
  | { readonly result: 'repeated'; readonly last: StoredEvent }
  | { readonly result: 'wrong_expected_version'; readonly current: number }
  | { readonly result: 'stream_deleted' }
  | { readonly result: 'too_large'; readonly limit: number }

export interface EventStore {
  /** Everything that readers see, in order of position. */
  visible(): readonly StoredEvent[]
  /** How many events of `visible` lie below `position`. */
  indexOf(position: bigint): number
  /** The events of a stream that readers see; undefined when there is no such stream (any more). */
  stream(name: string): readonly StoredEvent[] | undefined
  /** Resolves when the result holds for good. */
  append(stream: string, events: readonly ProposedEvent[], expected: Expected): Promise<Appended>
  /** Hides what the stream holds; it goes on after a next append. */
  delete(stream: string, expected: Expected): Promise<Appended>
  /** Ends the stream for ever. */
  tombstone(stream: string, expected: Expected): Promise<Appended>
  /** Whether the stream was ended for ever. */
  isEnded(name: string): boolean
  /** What was set last for the stream. */
  metadataOf(name: string): StreamMetadata
  /** Calls `listener` when there is more to read; returns how to stop that. */
  onVisible(listener: () => void): () => void
  close(): Promise<void>
}

export interface StoreOptions {
  readonly journal?: Journal
  /** What the journal holds. */
  readonly events?: readonly StoredEvent[]
  /** The server's own statistics come after so many appends. */
  readonly statsEvery?: number
  readonly maxAppendSize?: number
  /** A server that does not recognise a repeated append refuses it as a conflict. It does by default. */
  readonly recognisesRepeats?: boolean
}

/** Ids that an append with `any` or `stream_exists` is compared with. The server's cache is bounded, too. */
const maxRecentIds = 10_000

const json = (value: unknown): Uint8Array => Buffer.from(JSON.stringify(value))

const systemEvent = (type: string, value: unknown): ProposedEvent => ({
  id: randomUUID(),
  type,
  json: true,
  data: json(value),
  metadata: new Uint8Array(),
})

const holds = (expected: Expected, current: number): boolean => {
  if (expected === 'any') return true
  if (expected === 'stream_exists') return current >= 0
  return (expected === 'no_stream' ? -1 : expected) === current
}

/** The server's log in memory, with its rules for expectations and repeated appends. */
export const createEventStore = (options: StoreOptions = {}): EventStore => {
  const { journal = noJournal, statsEvery = 20, maxAppendSize = 1024 * 1024, recognisesRepeats = true } = options
  const all: StoredEvent[] = []
  const shown: StoredEvent[] = []
  const streams = new Map<string, StoredEvent[]>()
  const metadata = new Map<string, StreamMetadata>()
  const ended = new Set<string>()
  const recentIds = new Map<string, StoredEvent>()
  const listeners = new Set<() => void>()
  let appends = 0
  let synced: Promise<void> | undefined

  const keep = (event: StoredEvent): void => {
    all.push(event)
    const stream = streams.get(event.stream)
    if (stream === undefined) streams.set(event.stream, [event])
    else stream.push(event)
    if (event.type === '$streamDeleted') ended.add(event.stream)
    if (event.type === '$metadata') metadata.set(event.stream.slice(2), readMetadata(event.data))
    recentIds.set(event.id, event)
    if (recentIds.size > maxRecentIds) recentIds.delete(recentIds.keys().next().value ?? '')
  }

  const show = (count: number): void => {
    shown.push(...all.slice(shown.length, count))
    for (const listener of listeners) listener()
  }

  const store = (name: string, events: readonly ProposedEvent[]): StoredEvent[] =>
    events.map((event) => {
      const last = all.at(-1)
      const stored = {
        ...event,
        stream: name,
        revision: streams.get(name)?.length ?? 0,
        position: last === undefined ? 0n : endOf(last),
        created: ticksNow(),
      }
      keep(stored)
      return stored
    })

  const write = (events: readonly StoredEvent[]): Promise<void> | undefined => {
    const count = all.length
    const safe = journal.write(events)
    if (safe === undefined) show(count)
    else synced = safe.then(() => show(count))
    return synced
  }

  const metadataOf = (name: string): StreamMetadata => metadata.get(name) ?? noMetadata

  const setMetadata = (name: string, text: string): StoredEvent[] =>
    store(`$$${name}`, [{ ...systemEvent('$metadata', {}), data: Buffer.from(text) }])

  /** A stream that was deleted goes on where it was, without what it held. */
  const undelete = (name: string): StoredEvent[] => {
    if (!metadataOf(name).isDeleted) return []
    return setMetadata(name, JSON.stringify({ $tb: streams.get(name)?.length ?? 0 }))
  }

  /** What reads of a stream show, out of what stands there. */
  const untruncated = (name: string, stream: readonly StoredEvent[], end: bigint): readonly StoredEvent[] => {
    const { truncateBefore, maxCount, maxAge } = metadataOf(name)
    const there = stream.filter(({ position }) => position <= end)
    const from = Math.max(truncateBefore, there.length - maxCount)
    const oldest = maxAge === Number.POSITIVE_INFINITY ? 0n : ticksNow() - BigInt(maxAge) * 10_000_000n
    return there.filter(({ revision, created }) => revision >= from && created >= oldest)
  }

  /** The events that `events` repeat, if all of them stand where they would stand; how it is when only some do. */
  const repetition = (name: string, events: readonly ProposedEvent[], first: number): 'none' | 'part' | StoredEvent => {
    const stream = streams.get(name) ?? []
    const same = events.findIndex(({ id }, index) => stream[first + index]?.id !== id)
    if (same === 0) return 'none'
    return same > 0 ? 'part' : (stream[first + events.length - 1] as StoredEvent)
  }

  const decide = (name: string, events: readonly ProposedEvent[], expected: Expected): Appended | 'store' => {
    const current = (streams.get(name)?.length ?? 0) - 1
    if (ended.has(name)) return { result: 'stream_deleted' }
    if (events.reduce((total, event) => total + sizeOf(event), 0) > maxAppendSize)
      return { result: 'too_large', limit: maxAppendSize }
    const explicit = expected === 'no_stream' ? -1 : expected
    const recent = recentIds.get(events[0]?.id ?? '')
    const implied = recent?.stream === name ? recent.revision : current + 1
    const first = typeof explicit === 'number' ? explicit + 1 : implied
    const repeated = first > current ? 'none' : repetition(name, events, first)
    if (typeof repeated === 'object' && recognisesRepeats) return { result: 'repeated', last: repeated }
    if (repeated === 'none' && holds(expected, current)) return 'store'
    if (repeated === 'none' && expected === 'no_stream' && metadataOf(name).isDeleted) return 'store'
    return { result: 'wrong_expected_version', current }
  }

  const append = async (name: string, events: readonly ProposedEvent[], expected: Expected): Promise<Appended> => {
    const decision = decide(name, events, expected)
    if (decision !== 'store') {
      await synced
      return decision
    }
    const before = undelete(name)
    const stored = store(name, events)
    appends += 1
    const statistics =
      appends % statsEvery === 0 ? store('$stats-127.0.0.1', [systemEvent('$statsCollected', { appends })]) : []
    await write([...before, ...stored, ...statistics])
    return { result: 'appended', last: stored.at(-1) as StoredEvent }
  }

  for (const event of options.events ?? []) keep(event)
  show(all.length)
  if (all.length === 0) void write(store('$user-admin', [systemEvent('$UserCreated', { loginName: 'admin' })]))
  void write(store('$epoch-information', [systemEvent('$epoch-information', { epochId: randomUUID() })]))

  return {
    visible: () => shown,
    indexOf(position) {
      let [low, high] = [0, shown.length]
      while (low < high) {
        const middle = (low + high) >> 1
        if ((shown[middle] as StoredEvent).position < position) low = middle + 1
        else high = middle
      }
      return low
    },
    stream(name) {
      const end = shown.at(-1)?.position ?? -1n
      const stream = streams.get(name)
      const last = stream?.at(-1)
      if (stream === undefined || (stream[0]?.position ?? end) > end || metadataOf(name).isDeleted) return undefined
      if (!metadata.has(name) && last !== undefined && last.position <= end) return stream
      return untruncated(name, stream, end)
    },
    append,
    async delete(name, expected) {
      const current = (streams.get(name)?.length ?? 0) - 1
      if (ended.has(name)) return { result: 'stream_deleted' }
      if (!holds(expected, current)) return { result: 'wrong_expected_version', current }
      const deleted = setMetadata(name, `{"$tb":${deletedForNow}}`)
      await write(deleted)
      return { result: 'appended', last: deleted.at(-1) as StoredEvent }
    },
    isEnded: (name) => ended.has(name),
    metadataOf,
    tombstone: (name, expected) => append(name, [systemEvent('$streamDeleted', {})], expected),
    onVisible(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    close: () => journal.close(),
  }
}
