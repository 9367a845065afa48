import type { ClientStore } from './client-store.ts'

/** Deletes everything in a store. No client may have it open. */
export const eraseStore = async (store: ClientStore): Promise<void> => {
  if (store.erase !== undefined) return store.erase()
  const records = await store.load()
  for (const fileId of (await store.files?.list()) ?? []) await store.files?.remove(fileId)
  await store.write([...records.keys()].map((key) => ({ key, value: undefined })))
  await store.close()
}
