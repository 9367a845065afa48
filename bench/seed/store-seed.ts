import { createHash } from 'node:crypto'
import { loadRecords } from '../../packages/client/src/records/client-records.ts'
import { loadPlaintexts } from '../../packages/client/src/records/plaintexts.ts'
import type { ClientStore } from '../../packages/client/src/stores/client-store.ts'

export const deviceOfStore = { userId: 'ann', deviceId: 'phone' }

/** A random UUID by its looks, the same each time. */
export const storeConversation = (index: number): string => {
  const hex = createHash('sha256').update(`conversation ${index}`).digest('hex')
  return [hex.slice(0, 8), hex.slice(8, 12), `4${hex.slice(13, 16)}`, `8${hex.slice(17, 20)}`, hex.slice(20, 32)].join(
    '-',
  )
}

/** The envelope of a text of 300 bytes. */
const plaintext = Buffer.alloc(420, 'text ').toString('base64')
const batch = 2_000

/** What a device keeps that has read so many messages, evenly in so many conversations; messages of a conversation lie apart, as they come in. */
export const fillStore = async (store: ClientStore, messages: number, conversations: number): Promise<void> => {
  const records = await loadRecords(store, deviceOfStore)
  const plaintexts = loadPlaintexts(records.stored, records.lazy)
  for (let at = 0; at < messages; at += batch) {
    const numbers = Array.from({ length: Math.min(batch, messages - at) }, (_, n) => at + n)
    await records.store.write(
      numbers.flatMap((n) =>
        plaintexts.put(storeConversation(n % conversations), Math.floor(n / conversations), { plaintext, at: n }),
      ),
    )
  }
  const tracked = { last: Math.floor(messages / conversations), out: false }
  const ids = Array.from({ length: conversations }, (_, index) => storeConversation(index))
  await records.store.write(ids.map((id) => ({ key: `stream/${id}`, value: tracked })))
  await store.close()
}
