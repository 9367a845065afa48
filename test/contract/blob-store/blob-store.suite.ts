import { createHash } from 'node:crypto'
import { beforeEach, expect, test } from 'vitest'
import type { BlobStore } from '../../../src/ports/blob-store.ts'

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text)
const hashOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')
const soon = () => Date.now() + 60_000

const all = async (blobs: BlobStore, before: number): Promise<readonly string[]> => {
  const found: string[] = []
  for await (const hash of blobs.olderThan(before)) found.push(hash)
  return found.sort()
}

/** What every blob store keeps. `again` opens the same blobs anew; undefined for a store that keeps nothing. */
export const blobStoreContract = (open: () => Promise<BlobStore>, again?: () => Promise<BlobStore>): void => {
  let blobs: BlobStore
  beforeEach(async () => {
    blobs = await open()
  })

  test('a blob is named by the hash of its bytes and comes back whole', async () => {
    for (const bytes of [bytesOf('welcome'), new Uint8Array(0), new Uint8Array(300_000).fill(7)]) {
      const ref = await blobs.put(bytes)
      expect(ref).toEqual({ hash: hashOf(bytes), size: bytes.length })
      expect(new Uint8Array((await blobs.get(ref.hash)) ?? [9])).toEqual(bytes)
    }
  })

  test('the same bytes put many times at once are one blob', async () => {
    const refs = await Promise.all(Array.from({ length: 20 }, () => blobs.put(bytesOf('same'))))
    expect(new Set(refs.map(({ hash }) => hash)).size).toBe(1)
    expect(await all(blobs, soon())).toEqual([hashOf(bytesOf('same'))])
  })

  test('a name that is not a hash, or is unknown, is not a blob', async () => {
    for (const name of ['', '../events.db', 'drafts', 'A'.repeat(64), hashOf(bytesOf('unknown')), '0'.repeat(63)]) {
      expect(await blobs.get(name)).toBeUndefined()
      expect(await blobs.remove(name, soon())).toBe(false)
    }
  })

  test('only what is old enough is listed and removed', async () => {
    const { hash } = await blobs.put(bytesOf('old'))
    expect(await all(blobs, Date.now() - 60_000)).toEqual([])
    expect(await blobs.remove(hash, Date.now() - 60_000)).toBe(false)
    expect(await blobs.get(hash)).toBeDefined()
    expect(await all(blobs, soon())).toEqual([hash])
    expect(await blobs.remove(hash, soon())).toBe(true)
    expect(await blobs.get(hash)).toBeUndefined()
    expect(await blobs.remove(hash, soon())).toBe(false)
  })

  test('a blob that was removed can be put again', async () => {
    const { hash } = await blobs.put(bytesOf('again'))
    await blobs.remove(hash, soon())
    await blobs.put(bytesOf('again'))
    expect(await blobs.get(hash)).toBeDefined()
  })

  if (again === undefined) return
  test('blobs are still there after the store was opened anew', async () => {
    const { hash } = await blobs.put(bytesOf('kept'))
    expect(await (await again()).get(hash)).toBeDefined()
  })
}
