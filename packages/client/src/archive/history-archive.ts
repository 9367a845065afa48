import { type EventPage, eventPage } from '@backscroll/protocol/rest/events'
import { z } from 'zod'
import { createStreamKey } from '../crypto/stream-cipher.ts'
import { toBackscrollError } from '../errors/backscroll-error.ts'
import type { Plaintexts } from '../records/plaintexts.ts'
import type { Rest } from '../rest/rest-client.ts'
import type { StoreChange } from '../stores/client-store.ts'
import type { StoreWriter } from '../stores/store-writer.ts'
import { type ArchivedMessage, readArchive, writeArchive } from './archive-format.ts'

type Bytes = AsyncIterable<Uint8Array>

/**
 * What a device has read, for another device of the same user: messages can be opened only once, so the new one
 * cannot get them from the server.
 */
export interface HistoryArchive {
  /**
   * `key`, 32 bytes, a new one by default, opens `data`: bring it to the other device by another way than the data,
   * or inside an encrypted message.
   */
  exportHistory(key?: Uint8Array): { readonly key: Uint8Array; readonly data: Bytes }
  /**
   * Resolves with how many messages were new here, once the server has said which of them are deleted: rejects
   * without a connection, and may be repeated. Throws E2eeError `wrong_key` or `malformed`; what came before the
   * damage is kept.
   */
  importHistory(key: Uint8Array, data: Bytes | Iterable<Uint8Array>): Promise<number>
}

const batch = 500

const told = z.object({ at: z.int().optional(), target: z.int().optional() })

async function* readable(plaintexts: Plaintexts): AsyncGenerator<ArchivedMessage> {
  for await (const [conversationId, revision, record] of plaintexts.all())
    if ('plaintext' in record) {
      const { plaintext, at, target } = record
      const event = { ...(at !== undefined && { at }), ...(target !== undefined && { target }) }
      yield { conversationId, revision, event, plaintext }
    }
}

export interface HistoryDeps {
  readonly plaintexts: Plaintexts
  readonly writer: Pick<StoreWriter, 'write'>
  readonly rest: Pick<Rest, 'read'>
  /** Drops what has expired. */
  readonly sweep: () => Promise<void>
}

type Imported = Map<string, Set<number>>

export const createHistoryArchive = ({ plaintexts, writer, rest, sweep }: HistoryDeps): HistoryArchive => {
  const isDeleted = async (id: string, revision: number | undefined): Promise<boolean> => {
    const known = revision === undefined ? undefined : await plaintexts.get(id, revision)
    return known !== undefined && 'deleted' in known
  }
  /** What this device has read itself, or knows to be deleted, takes precedence. */
  const take = async (message: ArchivedMessage): Promise<readonly StoreChange[]> => {
    const { conversationId: id, revision, plaintext, event } = message
    const known = await plaintexts.get(id, revision)
    const when = told.safeParse(event).data ?? {}
    if (plaintext === undefined || (known !== undefined && !('unreadable' in known))) return []
    return (await isDeleted(id, when.target)) ? [] : plaintexts.put(id, revision, { plaintext, ...when })
  }

  /** An archive may be older than a deletion that this device has not seen. */
  const eraseDeleted = async (id: string, revisions: ReadonlySet<number>) => {
    const last = Math.max(...revisions)
    for (let next: number | undefined = Math.min(...revisions); next !== undefined && next <= last; ) {
      const path = `/conversations/${encodeURIComponent(id)}/events`
      const page: EventPage = await rest.read({ path, query: { from: next }, schema: eventPage })
      const gone = page.events.filter(
        ({ revision, data }) => revisions.has(revision) && typeof data.ciphertext !== 'string',
      )
      for (const { revision } of gone) await writer.write(await plaintexts.erase(id, revision))
      next = page.next
    }
  }
  /** Nobody reports on a conversation that this user is no longer in. */
  const checkDeleted = async (imported: Imported) => {
    for (const [id, revisions] of imported)
      await eraseDeleted(id, revisions).catch((thrown) => {
        if (toBackscrollError(thrown).code !== 'not_found') throw thrown
      })
  }

  return {
    exportHistory: (key = createStreamKey()) => {
      async function* kept() {
        await sweep()
        yield* readable(plaintexts)
      }
      return { key, data: writeArchive(key, kept()) }
    },
    importHistory: async (key, data) => {
      const imported: Imported = new Map()
      let count = 0
      let changes: StoreChange[] = []
      const flush = async () => {
        const full = changes
        changes = []
        await writer.write(full)
      }
      try {
        for await (const message of readArchive(key, data)) {
          const taken = await take(message)
          if (taken.length > 0) count += 1
          changes.push(...taken)
          const { conversationId: id, revision } = message
          imported.set(id, (imported.get(id) ?? new Set()).add(revision))
          if (changes.length >= batch) await flush()
        }
      } finally {
        await flush()
      }
      await checkDeleted(imported)
      await sweep()
      return count
    },
  }
}
