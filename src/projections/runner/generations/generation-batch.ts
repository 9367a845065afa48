import type { LRUCache } from 'lru-cache'
import type { Document, DocumentStore, DocumentWrite, StoredDocument } from '../../../ports/document-store.ts'
import type { Change, Projection } from '../../projection.ts'

/** One view in one collection, with a cache of its documents that are folded again and again. */
export interface Generation {
  readonly view: Projection
  readonly collection: string
  /** Writes go through the cache, so it always equals the store. */
  readonly cache: LRUCache<string, StoredDocument>
}

/** A document as the batch sees it. `revision` is -1 while nothing is known of it. */
interface Entry {
  readonly revision: number
  readonly document: Document | null | undefined
  readonly changed: boolean
  /** The store has none, as far as is known. */
  readonly isNew: boolean
}

/** The content before the event in progress: an event is folded into all views or into none. */
export interface Undo {
  readonly entries: Map<string, Entry>
  readonly key: string
  readonly before: Entry | undefined
}

const nothing: Entry = { revision: -1, document: undefined, changed: false, isNew: true }

const asEntry = (stored: StoredDocument | undefined): Entry =>
  stored === undefined
    ? nothing
    : { revision: stored.revision, document: stored.document, changed: false, isNew: false }

/**
 * The documents of one generation that one batch touches: loaded once, folded in memory, written once. A fold ignores an
 * event at or below its document's revision, so events may be folded again.
 */
export const createGenerationBatch = ({ collection, cache }: Generation, store: DocumentStore) => {
  const entries = new Map<string, Entry>()
  const folded = new Set<string>()
  const missing: string[] = []
  const prefixes = new Set<string>()

  const want = ({ key, blind, everyKey }: Change): void => {
    if (everyKey) prefixes.add(key)
    if (everyKey || blind || folded.has(key)) return
    folded.add(key)
    const cached = cache.get(key)
    if (cached === undefined) missing.push(key)
    else entries.set(key, asEntry(cached))
  }

  const loadMissing = async (): Promise<void> => {
    if (missing.length === 0) return
    const found = await store.load(collection, missing)
    for (const key of missing) entries.set(key, asEntry(found.get(key)))
  }
  const loadPrefix = async (prefix: string): Promise<void> => {
    const found = await store.find(collection, { key: { gte: prefix, lt: `${prefix}\u{10FFFF}` } })
    for (const each of found) if (!entries.has(each.key)) entries.set(each.key, asEntry(each))
  }

  const foldEntry = (key: string, entry: Entry, change: Change, revision: number, undo: Undo[]): void => {
    // Equal and changed: by an earlier change of the same event.
    if (entry.revision > revision || (entry.revision === revision && !entry.changed)) return
    const document = change.fold(entry.document)
    if (document === entry.document || document === undefined) return
    undo.push({ entries, key, before: entries.get(key) })
    entries.set(key, { revision, document, changed: true, isNew: entry.isNew })
  }

  const foldKey = (change: Change, revision: number, undo: Undo[]): void =>
    foldEntry(change.key, entries.get(change.key) ?? asEntry(cache.get(change.key)), change, revision, undo)

  const foldPrefix = (change: Change, revision: number, undo: Undo[]): void => {
    for (const [key, entry] of entries) {
      if (entry.document && key.startsWith(change.key)) foldEntry(key, entry, change, revision, undo)
    }
  }

  return {
    want,
    load: async (): Promise<void> => {
      await loadMissing()
      for (const prefix of prefixes) await loadPrefix(prefix)
    },
    fold: (change: Change, revision: number, undo: Undo[]): void => {
      if (change.everyKey) foldPrefix(change, revision, undo)
      else foldKey(change, revision, undo)
    },
    /** Adds what changed to `writes`. */
    collect: (writes: DocumentWrite[]): void => {
      for (const [key, { revision, document, changed, isNew }] of entries) {
        if (changed) writes.push({ collection, key, revision, document: document ?? null, ...(isNew && { isNew }) })
      }
    },
    /** After the write: documents that were folded (not merely put) will be folded again soon. */
    remember: (): void => {
      for (const [key, { revision, document }] of entries) {
        if (document === undefined || !(folded.has(key) || cache.has(key))) continue
        cache.set(key, { revision, document })
      }
    },
  }
}

export type GenerationBatch = ReturnType<typeof createGenerationBatch>
