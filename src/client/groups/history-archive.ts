import { type ArchivedMessage, readArchive, writeArchive } from '../e2ee/archive.ts'
import { createStreamKey } from '../e2ee/stream-cipher.ts'
import type { StoreChange } from '../store.ts'
import type { Plaintexts } from './plaintexts.ts'
import type { StoreWriter } from './store-writer.ts'

type Bytes = AsyncIterable<Uint8Array>

/** What a device has read, for another device of the same user: messages can be opened once, so the new one cannot get them from the server. */
export interface HistoryArchive {
  /** `key`, 32 bytes, opens `data`: bring it to the other device by another way than the data, or inside an encrypted message. */
  exportHistory(): { readonly key: Uint8Array; readonly data: Bytes }
  /** Resolves with how many messages were new here. Throws E2eeError `wrong_key` or `malformed`; what came before the damage is kept. */
  importHistory(key: Uint8Array, data: Bytes | Iterable<Uint8Array>): Promise<number>
}

const batch = 500

function* readable(plaintexts: Plaintexts): Generator<ArchivedMessage> {
  for (const [conversationId, records] of plaintexts.all())
    for (const [revision, record] of records)
      if ('plaintext' in record) yield { conversationId, revision, event: {}, plaintext: record.plaintext }
}

export const createHistoryArchive = (plaintexts: Plaintexts, writer: Pick<StoreWriter, 'write'>): HistoryArchive => {
  /** What this device has read itself counts. */
  const take = ({ conversationId, revision, plaintext }: ArchivedMessage): readonly StoreChange[] => {
    const known = plaintexts.get(conversationId, revision)
    if (plaintext === undefined || (known !== undefined && 'plaintext' in known)) return []
    return [plaintexts.put(conversationId, revision, { plaintext })]
  }
  return {
    exportHistory: () => {
      const key = createStreamKey()
      return { key, data: writeArchive(key, readable(plaintexts)) }
    },
    importHistory: async (key, data) => {
      let count = 0
      let changes: StoreChange[] = []
      const flush = async () => {
        count += changes.length
        const full = changes
        changes = []
        await writer.write(full)
      }
      try {
        for await (const message of readArchive(key, data)) {
          changes.push(...take(message))
          if (changes.length >= batch) await flush()
        }
      } finally {
        await flush()
      }
      return count
    },
  }
}
