import { createHash, type Hash } from 'node:crypto'
import { LRUCache } from 'lru-cache'

/**
 * Hashes of uploads that this process has seen from the first byte on. They only save work: if another process, or
 * this one before a restart, received a part, the complete file is read once instead.
 */
export const createRunningHashes = () => {
  const known = new LRUCache<string, { readonly at: number; readonly hash: Hash }>({ max: 2_000 })

  /** Removes and returns the hash. The caller puts it back when it has continued. */
  const take = (id: string, at: number): Hash | undefined => {
    const found = known.get(id)
    known.delete(id)
    if (found?.at === at) return found.hash
    return at === 0 ? createHash('sha256') : undefined
  }

  return {
    take,
    put: (id: string, at: number, hash: Hash): void => void known.set(id, { at, hash }),
    /** The hash of all bytes, in hex. */
    whole: (id: string, size: number): string | undefined => take(id, size)?.digest('hex'),
  }
}

export const hashOf = async (bytes: AsyncIterable<Uint8Array>): Promise<string> => {
  const hash = createHash('sha256')
  for await (const chunk of bytes) hash.update(chunk)
  return hash.digest('hex')
}
