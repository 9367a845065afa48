import type { BlobRef } from '../domain/conversation/groups/group.ts'

/**
 * Bytes under their own hash: what is too large to stand in an event, which holds the hash.
 *
 * Guarantees that every adapter gives, and `test/contract/blob-store/blob-store.suite.ts` attacks:
 * - Durable: `put` resolves only after the bytes survive the loss of power, so that an event may name them.
 * - Whole: `get` answers exactly what was put, or nothing; never a part, whatever moment the process ended at.
 * - Putting the same bytes again is the same blob, and makes it young again, so that a sweep does not take it.
 */
export interface BlobStore {
  put(bytes: Uint8Array): Promise<BlobRef>
  /** Undefined for a hash that is unknown or no hash at all. */
  get(hash: string): Promise<Uint8Array | undefined>
  /** Hashes of all blobs that were put last before `before` (milliseconds since the Unix epoch), in no order. */
  olderThan(before: number): AsyncIterable<string>
  /** Removes the blob unless it was put again since `before`. */
  remove(hash: string, before: number): Promise<boolean>
}
