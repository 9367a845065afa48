import { applyChanges, type ClientStore } from './client-store.ts'
import { createMemoryShelf } from './file-shelf.ts'

/**
 * Lasts as long as the object: pass it to the next client to simulate a restart. Copies values, as a real store
 * does.
 */
export const createMemoryStore = (): ClientStore => {
  const records = new Map<string, unknown>()
  return {
    load: async () => structuredClone(records),
    write: async (changes) => applyChanges(records, structuredClone(changes)),
    close: async () => {},
    files: createMemoryShelf(),
  }
}
