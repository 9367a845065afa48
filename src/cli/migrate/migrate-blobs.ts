import { createHash } from 'node:crypto'
import type { BlobStore } from '../../ports/blob-store.ts'

const inFlight = 8
/** After every time at which a blob can have been put. */
const ever = Number.MAX_SAFE_INTEGER

const hashesOf = async (blobs: BlobStore): Promise<readonly string[]> => {
  const hashes: string[] = []
  for await (const hash of blobs.olderThan(ever)) hashes.push(hash)
  return hashes
}

const forEach = async (
  hashes: readonly string[],
  work: (hash: string) => Promise<void>,
  onProgress: (done: number) => void,
): Promise<void> => {
  const waiting = hashes.values()
  let done = 0
  const run = async (): Promise<void> => {
    for (const hash of waiting) {
      await work(hash)
      done += 1
      onProgress(done)
    }
  }
  await Promise.all(Array.from({ length: inFlight }, run))
}

/** Puts what the target lacks. Returns how many blobs that were. */
export const copyBlobs = async (
  source: BlobStore,
  target: BlobStore,
  stage: (total: number) => (done: number) => void,
): Promise<number> => {
  const there = new Set(await hashesOf(target))
  const missing = (await hashesOf(source)).filter((hash) => !there.has(hash))
  const copy = async (hash: string): Promise<void> => {
    const bytes = await source.get(hash)
    if (bytes !== undefined) await target.put(bytes)
  }
  await forEach(missing, copy, stage(missing.length))
  return missing.length
}

/** How many blobs the source has, and which of them the target lacks or has with other bytes. */
export const compareBlobs = async (
  source: BlobStore,
  target: BlobStore,
  stage: (total: number) => (done: number) => void,
): Promise<{ readonly blobs: number; readonly differing: readonly string[] }> => {
  const hashes = await hashesOf(source)
  const differing: string[] = []
  const check = async (hash: string): Promise<void> => {
    const bytes = await target.get(hash)
    const found = bytes && createHash('sha256').update(bytes).digest('hex')
    if (found !== hash) differing.push(hash)
  }
  await forEach(hashes, check, stage(hashes.length))
  return { blobs: hashes.length, differing }
}
