import { createHash, type Hash } from 'node:crypto'
import { LRUCache } from 'lru-cache'

/**
 * Hashes of uploads as far as this process has seen them from their first byte on. It is only a help: where another process,
 * or this one before its restart, took a part, the whole file is read once when it is complete.
 */
export const createRunningHashes = () => {
  const known = new LRUCache<string, { readonly at: number; readonly hash: Hash }>({ max: 2_000 })

  /** Takes it away: whoever goes on puts it back. */
  const take = (id: string, at: number): Hash | undefined => {
    const found = known.get(id)
    known.delete(id)
    if (found?.at === at) return found.hash
    return at === 0 ? createHash('sha256') : undefined
  }

  return {
    take,
    put: (id: string, at: number, hash: Hash): void => void known.set(id, { at, hash }),
    /** Of all bytes, in hex. */
    whole: (id: string, size: number): string | undefined => take(id, size)?.digest('hex'),
  }
}

export const hashOf = async (bytes: AsyncIterable<Uint8Array>): Promise<string> => {
  const hash = createHash('sha256')
  for await (const chunk of bytes) hash.update(chunk)
  return hash.digest('hex')
}
