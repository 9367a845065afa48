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
 * Copies the messages that this device has read to another device of the same user. A message can be decrypted only
 * once, so the new device cannot get them from the server.
 */
export interface HistoryArchive {
  /**
   * Exports the history as an encrypted stream. `key`: 32 bytes, a new one by default, decrypts `data`. Transfer
   * it on another channel than the data, or inside an encrypted message.
   */
  exportHistory(key?: Uint8Array): { readonly key: Uint8Array; readonly data: Bytes }
  /**
   * Imports an exported history. Resolves with the number of messages that were new here, after the server has
   * named those that are deleted. It therefore needs a connection; after a rejection it can be repeated. Throws
   * E2eeError `wrong_key` or `malformed`; messages before the damage are kept.
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
  /** Removes expired messages. */
  readonly sweep: () => Promise<void>
}

type Imported = Map<string, Set<number>>

export const createHistoryArchive = ({ plaintexts, writer, rest, sweep }: HistoryDeps): HistoryArchive => {
  const isDeleted = async (id: string, revision: number | undefined): Promise<boolean> => {
    const known = revision === undefined ? undefined : await plaintexts.get(id, revision)
    return known !== undefined && 'deleted' in known
  }
  /** This device's own record, or a known deletion, takes precedence over the archive. */
  const take = async (message: ArchivedMessage): Promise<readonly StoreChange[]> => {
    const { conversationId: id, revision, plaintext, event } = message
    const known = await plaintexts.get(id, revision)
    const when = told.safeParse(event).data ?? {}
    if (plaintext === undefined || (known !== undefined && !('unreadable' in known))) return []
    return (await isDeleted(id, when.target)) ? [] : plaintexts.put(id, revision, { plaintext, ...when })
  }

  /** The archive may be older than a deletion that this device has not seen. */
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
  /** The server does not answer for conversations that this user has left. */
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
