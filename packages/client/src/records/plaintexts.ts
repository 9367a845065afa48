import { z } from 'zod'
import { decodeContent } from '../content/message-content.ts'
import { fromBase64 } from '../encoding/base64.ts'
import { groupEpoch } from '../mls/state/group-epoch.ts'
import type { StoreChange } from '../stores/client-store.ts'
import { allOf, type LazyRecords } from '../stores/lazy-records.ts'

const when = {
  /** The server's time of the event; absent in an old archive. */
  at: z.int().optional(),
  /** Revision of the message that it changes: it is deleted with that one. */
  target: z.int().optional(),
}

/**
 * The content of a message, why it could not be read, or that it was deleted. A message can be opened once, so this
 * is the only copy.
 */
const record = z.union([
  /** Base64 of the content's envelope. `own`: this very device has sealed it. */
  z.object({ plaintext: z.string(), own: groupEpoch.optional(), ...when }),
  z.object({ unreadable: z.string(), ...when }),
  /** An archive must not bring it back. */
  z.object({ deleted: z.literal(true) }),
])

export type Plaintext = z.output<typeof record>
/** The state of a message that was not deleted. */
export type Read = Exclude<Plaintext, { readonly deleted: true }>
export type KeptPlaintext = readonly [conversationId: string, revision: number, value: Plaintext]

export interface PlaintextPlace {
  readonly conversationId: string
  readonly revision: number
}

/**
 * By conversation and revision of the event. There may be a million, so they are read from the store on request.
 * What a call returns must be stored; it counts from the call on.
 */
export interface Plaintexts {
  get(conversationId: string, revision: number): Promise<Plaintext | undefined>
  put(conversationId: string, revision: number, value: Plaintext): readonly StoreChange[]
  /** Forgets events that no longer exist: all after a revision. */
  dropAfter(conversationId: string, revision: number): Promise<readonly StoreChange[]>
  /** Erases a deleted message, with its edits and the reactions to it. */
  erase(conversationId: string, revision: number): Promise<readonly StoreChange[]>
  /**
   * The same for messages from before a time, in milliseconds since the Unix epoch: some of them; empty when
   * there are none. `upTo`: a revision after which none is dropped.
   */
  expire(conversationId: string, before: number, upTo: number): Promise<readonly StoreChange[]>
  /** Grows with each erasure, so that whoever reads before writing notices one in between. */
  erasures(): number
  /** Conversations that have or had any of these records. */
  conversations(): Iterable<string>
  all(): AsyncIterable<KeptPlaintext>
  /**
   * The same in the order of conversation ids and revisions, after a place. `marks`: leaves out conversations up to
   * these revisions.
   */
  from(after?: PlaintextPlace, marks?: ReadonlyMap<string, number>): AsyncIterable<KeptPlaintext>
}

const digits = (revision: number): string => String(revision).padStart(12, '0')
const prefixOf = (id: string): string => `plain/${id}/`
const keyOf = (id: string, revision: number): string => `${prefixOf(id)}${digits(revision)}`
/** Under the message that it refers to. */
const referring = (id: string, target: number): string => `refers/${id}/${digits(target)}/`
const knownKey = (id: string): string => `talk/${id}`
const indexedKey = 'referring'

/** Records from before this was noted hold it inside. */
const targetOf = (value: Plaintext): number | undefined => {
  if ('deleted' in value) return undefined
  if (value.target !== undefined || value.at !== undefined || !('plaintext' in value)) return value.target
  const relation = decodeContent(fromBase64(value.plaintext))?.about.relatesTo
  return relation === undefined || relation.kind === 'reply' ? undefined : relation.revision
}

const referenceOf = (
  id: string,
  revision: number,
  value: Plaintext,
  kept: true | undefined,
): readonly StoreChange[] => {
  const target = targetOf(value)
  return target === undefined ? [] : [{ key: `${referring(id, target)}${digits(revision)}`, value: kept }]
}

const partsOf = (key: string): { readonly id: string; readonly revision: number } => {
  const [, id = '', revision] = key.split('/')
  return { id, revision: Number(revision) }
}

/** A message without a known time is as old as the events around it. */
const isOld = (value: Plaintext, before: number): boolean | undefined =>
  'deleted' in value || value.at === undefined ? undefined : value.at < before

/** The most messages that one call drops: a year of them is not held at once. */
const mostAtOnce = 1_000
/**
 * Events come in the order of their times, except from a server whose date was set: after this many newer ones in a
 * row, no older one follows.
 */
const enoughNewer = 200

export const loadPlaintexts = (stored: ReadonlyMap<string, unknown>, lazy: LazyRecords): Plaintexts => {
  const known = new Set([...stored.keys()].filter((key) => key.startsWith('talk/')).map((key) => key.slice(5)))
  let erasures = 0
  const noted = (changes: readonly StoreChange[]) => {
    lazy.note(changes)
    return changes
  }
  const noteTalk = (id: string): readonly StoreChange[] => {
    if (known.has(id)) return []
    known.add(id)
    return [{ key: knownKey(id), value: true }]
  }
  async function* of(id: string, after?: number): AsyncGenerator<readonly [number, Plaintext]> {
    const from = after === undefined ? undefined : keyOf(id, after)
    for await (const [key, value] of allOf(lazy, prefixOf(id), from)) yield [partsOf(key).revision, record.parse(value)]
  }
  /** A message with what refers to it. */
  const dropWhole = async (id: string, revision: number, value?: Plaintext): Promise<readonly StoreChange[]> => {
    const changes: StoreChange[] = value === undefined ? [] : [...referenceOf(id, revision, value, undefined)]
    for await (const [key] of allOf(lazy, referring(id, revision))) {
      const referrer = Number(key.slice(key.lastIndexOf('/') + 1))
      changes.push({ key, value: undefined }, { key: keyOf(id, referrer), value: undefined })
    }
    return [...changes, { key: keyOf(id, revision), value: undefined }]
  }
  const dropAll = async (id: string, found: readonly (readonly [number, Plaintext])[]) => {
    const changes: StoreChange[] = []
    for (const [revision, value] of found) changes.push(...(await dropWhole(id, revision, value)))
    return noted(changes)
  }

  /** From the oldest on. A message without a time is dropped with an older one that follows it. */
  const expired = async (id: string, before: number, upTo: number) => {
    const [old, timeless]: (readonly [number, Plaintext])[][] = [[], []]
    let newer = 0
    for await (const one of of(id)) {
      if (one[0] > upTo) break
      const is = isOld(one[1], before)
      if (is === undefined) timeless?.push(one)
      else if (is) old?.push(...(timeless?.splice(0) ?? []), one)
      newer = is === false ? newer + 1 : 0
      if (newer >= enoughNewer || (old?.length ?? 0) >= mostAtOnce || (timeless?.length ?? 0) >= mostAtOnce * 10) break
    }
    return old ?? []
  }

  return {
    get: async (id, revision) => {
      const found = await lazy.get(keyOf(id, revision))
      return found === undefined ? undefined : record.parse(found)
    },
    put: (id, revision, value) =>
      noted([...noteTalk(id), ...referenceOf(id, revision, value, true), { key: keyOf(id, revision), value }]),
    dropAfter: async (id, revision) => {
      const changes: StoreChange[] = []
      for await (const [at, value] of of(id, revision))
        changes.push(...referenceOf(id, at, value, undefined), { key: keyOf(id, at), value: undefined })
      return noted(changes)
    },
    erase: async (id, revision) => {
      const dropped = await dropWhole(id, revision)
      erasures += 1
      return noted([...noteTalk(id), ...dropped, { key: keyOf(id, revision), value: { deleted: true } }])
    },
    erasures: () => erasures,
    expire: async (id, before, upTo) => dropAll(id, await expired(id, before, upTo)),
    conversations: () => known,
    from: async function* (after, marks) {
      for (const id of [...known].sort()) {
        if (after !== undefined && id < after.conversationId) continue
        const revision = id === after?.conversationId ? after.revision : marks?.get(id)
        for await (const [at, value] of of(id, revision)) yield [id, at, value]
      }
    },
    all: async function* () {
      for (const id of known) for await (const [revision, value] of of(id)) yield [id, revision, value]
    },
  }
}

/** What a store of an earlier version does not record beside its messages: done once, in pages; again after a crash. */
export const indexPlaintexts = async (
  stored: ReadonlyMap<string, unknown>,
  lazy: LazyRecords,
  write: (changes: readonly StoreChange[]) => Promise<void>,
): Promise<ReadonlyMap<string, unknown>> => {
  if (stored.has(indexedKey)) return stored
  const talks = new Map<string, unknown>()
  let changes: StoreChange[] = []
  for await (const [key, value] of allOf(lazy, 'plain/')) {
    const { id, revision } = partsOf(key)
    if (!talks.has(knownKey(id))) changes.push({ key: knownKey(id), value: true })
    talks.set(knownKey(id), true)
    changes.push(...referenceOf(id, revision, record.parse(value), true))
    if (changes.length < mostAtOnce) continue
    await write(changes)
    changes = []
  }
  await write([...changes, { key: indexedKey, value: 1 }])
  return new Map([...stored, ...talks, [indexedKey, 1]])
}
