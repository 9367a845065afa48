import { z } from 'zod'
import type { StoreChange } from '../store.ts'

/** What was inside a message, or why it could not be read. A message can be opened once, so this is the only copy. */
const record = z.union([z.object({ plaintext: z.string() }), z.object({ unreadable: z.string() })])

/** `plaintext`: base64 of the content's envelope. */
export type Plaintext = z.output<typeof record>

/** By conversation and revision of the event. */
export interface Plaintexts {
  get(conversationId: string, revision: number): Plaintext | undefined
  /** Keeps it in memory; returns what to store. */
  put(conversationId: string, revision: number, value: Plaintext): StoreChange
  /** Of a deleted message. */
  drop(conversationId: string, revision: number): readonly StoreChange[]
  of(conversationId: string): ReadonlyMap<number, Plaintext>
  all(): Iterable<readonly [string, ReadonlyMap<number, Plaintext>]>
}

const digits = (revision: number): string => String(revision).padStart(12, '0')
const keyOf = (id: string, revision: number): string => `plain/${id}/${digits(revision)}`

export const loadPlaintexts = (stored: ReadonlyMap<string, unknown>): Plaintexts => {
  const all = new Map<string, Map<number, Plaintext>>()
  const of = (id: string) => {
    const one = all.get(id) ?? new Map<number, Plaintext>()
    all.set(id, one)
    return one
  }
  for (const [key, value] of stored) {
    const [kind, id = '', revision] = key.split('/')
    if (kind === 'plain') of(id).set(Number(revision), record.parse(value))
  }
  return {
    get: (id, revision) => all.get(id)?.get(revision),
    put: (id, revision, value) => {
      of(id).set(revision, value)
      return { key: keyOf(id, revision), value }
    },
    drop: (id, revision) => (of(id).delete(revision) ? [{ key: keyOf(id, revision), value: undefined }] : []),
    of,
    all: () => all,
  }
}
