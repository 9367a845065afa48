import type { ClientStore } from './client-store.ts'

/** Deletes all that a store holds. Nobody has it open. */
export const eraseStore = async (store: ClientStore): Promise<void> => {
  if (store.erase !== undefined) return store.erase()
  const records = await store.load()
  await store.write([...records.keys()].map((key) => ({ key, value: undefined })))
  await store.close()
}
