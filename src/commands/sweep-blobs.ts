import type { BlobStore } from '../ports/blob-store.ts'

export interface SweepBlobsDeps {
  readonly blobs: Pick<BlobStore, 'olderThan' | 'remove'>
  /** The hashes among these that an event names and that somebody may still need. */
  readonly named: (hashes: readonly string[]) => Promise<ReadonlySet<string>>
  /** Whether `named` knows every event up to now: every view is folding, none stands still. */
  readonly isComplete: () => Promise<boolean>
  readonly now: () => number
}

/** A blob is put seconds before the event that names it; a day leaves room for everything that can be slow. */
const ageMs = 86_400_000
const batchSize = 200

const batches = async function* (hashes: AsyncIterable<string>): AsyncIterable<readonly string[]> {
  let batch: string[] = []
  for await (const hash of hashes) {
    batch.push(hash)
    if (batch.length < batchSize) continue
    yield batch
    batch = []
  }
  if (batch.length > 0) yield batch
}

/**
 * Removes blobs older than a day that no event names: those of commits that lost, and of GroupInfos that a newer
 * one replaced. Answers how many. Does nothing while the views cannot tell.
 */
export const sweepBlobs = async ({ blobs, named, isComplete, now }: SweepBlobsDeps): Promise<number> => {
  const before = now() - ageMs
  let removed = 0
  for await (const batch of batches(blobs.olderThan(before))) {
    // Asked before `named`: events appended until then are known.
    if (!(await isComplete())) return removed
    const kept = await named(batch)
    for (const hash of batch) if (!kept.has(hash) && (await blobs.remove(hash, before))) removed += 1
  }
  return removed
}
