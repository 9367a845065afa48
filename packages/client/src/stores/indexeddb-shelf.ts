import type { FileShelf } from './file-shelf.ts'
import { answer, done } from './indexeddb-database.ts'

/** Runs a step in a transaction over the pieces. */
export type WithPieces = <Value>(
  mode: IDBTransactionMode,
  step: (transaction: IDBTransaction, pieces: IDBObjectStore) => Promise<Value>,
) => Promise<Value>

const keyOf = (fileId: string, index: number): string => `${fileId}/${index}`
const fileOf = (key: IDBValidKey): string => String(key).slice(0, String(key).lastIndexOf('/'))

/**
 * A shelf in the browser. A tab that has lost the store may still put a piece: it belongs to no message then, and the
 * next start removes it.
 */
export const createIndexedDbShelf = (withPieces: WithPieces): FileShelf => ({
  put: (fileId, index, bytes) =>
    withPieces('readwrite', (transaction, pieces) => {
      const whole = done(transaction)
      pieces.put(bytes, keyOf(fileId, index))
      transaction.commit()
      return whole
    }),
  get: (fileId, index) =>
    withPieces('readonly', async (_transaction, pieces) => {
      const found: unknown = await answer(pieces.get(keyOf(fileId, index)))
      return found instanceof Uint8Array ? found : undefined
    }),
  remove: (fileId) =>
    withPieces('readwrite', async (transaction, pieces) => {
      const whole = done(transaction)
      for (const key of await answer(pieces.getAllKeys())) if (fileOf(key) === fileId) pieces.delete(key)
      transaction.commit()
      return whole
    }),
  list: () =>
    withPieces('readonly', async (_transaction, pieces) => [
      ...new Set((await answer(pieces.getAllKeys())).map(fileOf)),
    ]),
})
