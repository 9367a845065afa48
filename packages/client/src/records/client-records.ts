import { z } from 'zod'
import { type Chain, emptyChain } from '../commands/outbox-chain.ts'
import { keyOf, type OutboxEntry, outboxEntry } from '../commands/outbox-entry.ts'
import { BackscrollError } from '../errors/backscroll-error.ts'
import type { ClientStore, StoreChange } from '../stores/client-store.ts'
import { type LazyRecords, type OpenedRecords, openRecords } from '../stores/lazy-records.ts'
import type { Tracked } from '../sync/stream-tracker.ts'
import { indexPlaintexts } from './plaintexts.ts'

/** The content of the store, by key. */
const owner = z.object({ userId: z.string(), deviceId: z.string() })
const tracked = z.object({ last: z.int(), out: z.boolean() })
const numbers = z.object({ lastClientSeq: z.int(), lastAccepted: z.int() })
const watermark = z.object({ delivered: z.int(), read: z.int() })

/** Own watermarks of one conversation that the server has not confirmed; 0 where there are none. */
export type Unconfirmed = z.output<typeof watermark>

export interface ClientRecords {
  readonly checkpoint: string | undefined
  readonly streams: Map<string, Tracked>
  /** The user's own stream. */
  readonly account: Tracked | undefined
  readonly chains: Map<string, Chain>
  /** Keys of entries that were never sealed, so never sent. */
  readonly unsealed: ReadonlySet<string>
  /** Rejected entries that the application has not heard of. */
  readonly failed: OutboxEntry[]
  readonly watermarks: Map<string, Unconfirmed>
  /** The server's date minus the device's, in milliseconds, as it was last known. */
  readonly difference: number | undefined
  /**
   * Everything that was loaded; other modules take their own records from it. Keys of past epochs would live on
   * in it, so it is emptied afterwards.
   */
  readonly stored: Map<string, unknown>
  readonly lazy: LazyRecords
  readonly store: ClientStore
}

export const differenceChange = (difference: number): StoreChange => ({
  key: 'difference',
  value: Math.round(difference),
})

const digits = (clientSeq: number): string => String(clientSeq).padStart(12, '0')

export const checkpointChange = (checkpoint: string): StoreChange => ({ key: 'checkpoint', value: checkpoint })
export const streamChange = (conversationId: string, value: Tracked | undefined): StoreChange => ({
  key: `stream/${conversationId}`,
  value,
})
export const accountChange = (value: Tracked | undefined): StoreChange => ({ key: 'account', value })
export const chainChange = (conversationId: string, { lastClientSeq, lastAccepted }: Chain): StoreChange => ({
  key: `chain/${conversationId}`,
  value: { lastClientSeq, lastAccepted },
})
type Numbered = Pick<OutboxEntry, 'conversationId' | 'clientSeq'>
const numberOf = ({ conversationId, clientSeq }: Numbered): string => `${conversationId}/${digits(clientSeq)}`

export const entryChange = (entry: OutboxEntry): StoreChange => ({ key: `entry/${numberOf(entry)}`, value: entry })
/** Where the sealed message of an entry is. */
export const sealedKey = (entry: Numbered): string => `sealed/${numberOf(entry)}`
/** The key of the entry whose sealed message has this key. */
export const entryKeyOf = (sealed: string): string => sealed.replace(/^sealed/, 'entry')
export const entryRemoved = (entry: OutboxEntry): readonly StoreChange[] => [
  { key: `entry/${numberOf(entry)}`, value: undefined },
  { key: sealedKey(entry), value: undefined },
]
export const watermarkChange = (conversationId: string, value: Unconfirmed | undefined): StoreChange => ({
  key: `watermark/${conversationId}`,
  value,
})

/** No number is used twice, even where the record of the numbers is older than the entry. */
const chainWith = (records: ClientRecords, { conversationId: id, clientSeq }: OutboxEntry): Chain => {
  const chain = records.chains.get(id) ?? emptyChain
  return { ...chain, lastClientSeq: Math.max(chain.lastClientSeq, clientSeq) }
}

const readEntry = (records: ClientRecords, entry: OutboxEntry): void => {
  const chain = chainWith(records, entry)
  if (entry.failed !== undefined) {
    records.failed.push(entry)
    records.chains.set(entry.conversationId, chain)
    return
  }
  const entries = [...chain.entries, entry].sort((a, b) => a.clientSeq - b.clientSeq)
  // It is unknown whether the entry was sent.
  const doubtful = new Set([...chain.doubtful, entry.clientSeq])
  records.chains.set(entry.conversationId, { ...chain, entries, doubtful })
}

const readNumbers = (records: ClientRecords, id: string, value: unknown): void => {
  const chain = records.chains.get(id) ?? emptyChain
  records.chains.set(id, { ...chain, ...numbers.parse(value) })
}

const read = (records: ClientRecords, key: string, value: unknown): ClientRecords => {
  const [kind, id = ''] = key.split('/')
  if (kind === 'checkpoint') return { ...records, checkpoint: z.string().parse(value) }
  // The server tells it again.
  if (kind === 'difference') return { ...records, difference: z.int().safeParse(value).data }
  if (kind === 'account') return { ...records, account: tracked.parse(value) }
  if (kind === 'stream') records.streams.set(id, tracked.parse(value))
  if (kind === 'watermark') records.watermarks.set(id, watermark.parse(value))
  if (kind === 'chain') readNumbers(records, id, value)
  if (kind === 'entry') readEntry(records, outboxEntry.parse(value))
  return records
}

/** A sealed command is stored before it is sent; one that is sent unsealed leaves no trace. */
const neverSealed = ({ stored, chains }: ClientRecords): ReadonlySet<string> => {
  const isUnsealed = (entry: OutboxEntry) =>
    entry.command.kind === 'message' && entry.command.plaintext !== undefined && !stored.has(sealedKey(entry))
  return new Set([...chains.values()].flatMap(({ entries }) => entries.filter(isUnsealed).map(keyOf)))
}

const empty = ({ stored, lazy, store }: OpenedRecords): ClientRecords => ({
  ...{ stored, lazy, store },
  checkpoint: undefined,
  streams: new Map(),
  account: undefined,
  difference: undefined,
  chains: new Map(),
  failed: [],
  unsealed: new Set(),
  watermarks: new Map(),
})

const parseAll = (opened: OpenedRecords): ClientRecords => {
  let records = empty(opened)
  for (const [key, value] of [...opened.stored].sort(([a], [b]) => (a < b ? -1 : 1)))
    records = read(records, key, value)
  return { ...records, unsealed: neverSealed(records) }
}

const belongsTo = (stored: unknown, me: z.output<typeof owner>): boolean => {
  const found = owner.parse(stored)
  return found.userId === me.userId && found.deviceId === me.deviceId
}

const loadOwn = async (
  store: ClientStore,
  me: { readonly userId: string; readonly deviceId: string },
): Promise<ClientRecords> => {
  const opened = await openRecords(store)
  const known = opened.stored.get('owner')
  if (known === undefined) await store.write([{ key: 'owner', value: { ...me } }])
  else if (!belongsTo(known, me)) throw new BackscrollError('wrong_store')
  const stored = await indexPlaintexts(opened.stored, opened.lazy, opened.store.write)
  return parseAll({ ...opened, stored: new Map(stored) })
}

/**
 * Loads what a device knew, and assigns an empty store to this device. Rejects with `wrong_store` when it belongs
 * to another device; closes a store that cannot be used.
 */
export const loadRecords: typeof loadOwn = async (store, me) => {
  try {
    return await loadOwn(store, me)
  } catch (thrown) {
    // The first error is the cause.
    await store.close().catch(() => {})
    throw thrown
  }
}
