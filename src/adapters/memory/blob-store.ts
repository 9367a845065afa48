import { createHash } from 'node:crypto'
import type { BlobStore } from '../../ports/blob-store.ts'

/** Blobs in memory: for tests. `now` in milliseconds since the Unix epoch. */
export const createMemoryBlobs = (now: () => number = Date.now): BlobStore => {
  const blobs = new Map<string, { readonly bytes: Uint8Array; at: number }>()
  return {
    put: async (bytes) => {
      const hash = createHash('sha256').update(bytes).digest('hex')
      blobs.set(hash, { bytes: bytes.slice(), at: now() })
      return { hash, size: bytes.length }
    },
    get: async (hash) => blobs.get(hash)?.bytes,
    olderThan: async function* (before) {
      for (const [hash, { at }] of [...blobs]) if (at < before) yield hash
    },
    remove: async (hash, before) => {
      const found = blobs.get(hash)
      return found !== undefined && found.at < before && blobs.delete(hash)
    },
  }
}
