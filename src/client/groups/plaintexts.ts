import { z } from 'zod'
import { fromBase64 } from '../base64.ts'
import { decodeContent } from '../e2ee/content.ts'
import type { StoreChange } from '../store.ts'
import { moment } from './moment.ts'

const when = {
  /** Of the event, server time; absent in what came in an archive of before. */
  at: z.int().optional(),
  /** Revision of the message that it changes: it goes with that one. */
  target: z.int().optional(),
}

/** What was inside a message, why it could not be read, or that it was deleted. A message can be opened once, so this is the only copy. */
const record = z.union([
  /** Base64 of the content's envelope. `own`: this very device has sealed it, then. */
  z.object({ plaintext: z.string(), own: moment.optional(), ...when }),
  z.object({ unreadable: z.string(), ...when }),
  /** An archive must not bring it back. */
  z.object({ deleted: z.literal(true) }),
])

export type Plaintext = z.output<typeof record>
/** What became of one that was not deleted. */
export type Read = Exclude<Plaintext, { readonly deleted: true }>

/** By conversation and revision of the event. */
export interface Plaintexts {
  get(conversationId: string, revision: number): Plaintext | undefined
  /** Keeps it in memory; returns what to store. */
  put(conversationId: string, revision: number, value: Plaintext): StoreChange
  /** Of an event that is none any more. */
  drop(conversationId: string, revision: number): readonly StoreChange[]
  /** Of a deleted message: with its edits, and the reactions to it. */
  erase(conversationId: string, revision: number): readonly StoreChange[]
  /** The same for all messages from before a time, milliseconds since the Unix epoch. */
  expire(conversationId: string, before: number): readonly StoreChange[]
  /** The same for all up to a revision. */
  expireUpTo(conversationId: string, revision: number): readonly StoreChange[]
  of(conversationId: string): ReadonlyMap<number, Plaintext>
  all(): Iterable<readonly [string, ReadonlyMap<number, Plaintext>]>
}

const digits = (revision: number): string => String(revision).padStart(12, '0')
const keyOf = (id: string, revision: number): string => `plain/${id}/${digits(revision)}`

/** Records from before this was noted tell it inside. */
const targetOf = (value: Plaintext): number | undefined => {
  if ('deleted' in value) return undefined
  if (value.target !== undefined || value.at !== undefined || !('plaintext' in value)) return value.target
  const relation = decodeContent(fromBase64(value.plaintext))?.about.relatesTo
  return relation === undefined || relation.kind === 'reply' ? undefined : relation.revision
}

type Records = Map<number, Plaintext>

/** Whose time is not known is as old as the events around it. */
const isFrom = (before: number, newestOld: number) => (revision: number, value: Plaintext) =>
  'deleted' in value || value.at === undefined ? revision <= newestOld : value.at < before

const expiredIn = (records: Records, before: number): readonly number[] => {
  let newestOld = -1
  for (const [revision, value] of records)
    if (!('deleted' in value) && value.at !== undefined && value.at < before) newestOld = Math.max(newestOld, revision)
  const isOld = isFrom(before, newestOld)
  return [...records].flatMap(([revision, value]) => (isOld(revision, value) ? [revision] : []))
}

export const loadPlaintexts = (stored: ReadonlyMap<string, unknown>): Plaintexts => {
  const all = new Map<string, Records>()
  /** By conversation and target. */
  const referring = new Map<string, Set<number>>()
  const of = (id: string) => {
    const one = all.get(id) ?? new Map<number, Plaintext>()
    all.set(id, one)
    return one
  }
  const set = (id: string, revision: number, value: Plaintext) => {
    of(id).set(revision, value)
    const target = targetOf(value)
    if (target === undefined) return
    const key = keyOf(id, target)
    referring.set(key, (referring.get(key) ?? new Set()).add(revision))
  }
  for (const [key, value] of stored) {
    const [kind, id = '', revision] = key.split('/')
    if (kind === 'plain') set(id, Number(revision), record.parse(value))
  }
  const put = (id: string, revision: number, value: Plaintext): StoreChange => {
    set(id, revision, value)
    return { key: keyOf(id, revision), value }
  }
  const drop = (id: string, revision: number): readonly StoreChange[] =>
    of(id).delete(revision) ? [{ key: keyOf(id, revision), value: undefined }] : []
  const dropReferring = (id: string, revision: number): readonly StoreChange[] => {
    const key = keyOf(id, revision)
    const dropped = [...(referring.get(key) ?? [])].flatMap((one) => drop(id, one))
    referring.delete(key)
    return dropped
  }
  const dropAll = (id: string, revisions: readonly number[]): readonly StoreChange[] =>
    revisions.flatMap((revision) => [...dropReferring(id, revision), ...drop(id, revision)])
  return {
    get: (id, revision) => all.get(id)?.get(revision),
    put,
    drop,
    erase: (id, revision) => [...dropReferring(id, revision), put(id, revision, { deleted: true })],
    expire: (id, before) => dropAll(id, expiredIn(of(id), before)),
    expireUpTo: (id, revision) =>
      dropAll(
        id,
        [...of(id).keys()].filter((one) => one <= revision),
      ),
    of,
    all: () => all,
  }
}
