import type { DocumentStore } from '../../../src/ports/document-store.ts'

/**
 * A store without transactions whose process dies in mid-write: at each of `deaths` (writes from the last death on) it stores a part of
 * the batch, no meta value, and rejects.
 */
export const createFailingStore = (store: DocumentStore, deaths: readonly number[]): DocumentStore => {
  const left = [...deaths]
  let writes = 0
  return {
    ...store,
    async write(all, meta) {
      writes += 1
      const next = left[0]
      if (next === undefined || writes <= next) return store.write(all, meta)
      left.shift()
      writes = 0
      await store.write(all.filter((_, at) => (at + next) % 3 !== 0))
      throw new Error('the power went')
    },
  }
}
