import { mkdtemp, readdir, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { openFileBlobs } from '../../../src/adapters/embedded/blobs/file-blobs.ts'
import { blobStoreContract } from './blob-store.suite.ts'

const newDirectory = () => mkdtemp(join(tmpdir(), 'backscroll-blobs-'))

describe('blobs as files', () => {
  let directory = ''
  blobStoreContract(
    async () => {
      directory = await newDirectory()
      return openFileBlobs(directory)
    },
    () => openFileBlobs(directory),
  )

  test('putting old bytes again makes them young, so that a sweep passes them', async () => {
    const directory = await newDirectory()
    const blobs = await openFileBlobs(directory)
    const { hash } = await blobs.put(new Uint8Array([1]))
    await utimes(join(directory, 'blobs', hash.slice(0, 2), hash), new Date(0), new Date(0))
    await blobs.put(new Uint8Array([1]))
    expect(await blobs.remove(hash, Date.now() - 60_000)).toBe(false)
  })

  test('drafts of a process that died are gone after the next start, and a cut file is written anew', async () => {
    const directory = await newDirectory()
    const blobs = await openFileBlobs(directory)
    await writeFile(join(directory, 'blobs', 'drafts', 'half'), 'half')
    const { hash } = await blobs.put(new Uint8Array([1, 2, 3]))
    await writeFile(join(directory, 'blobs', hash.slice(0, 2), hash), '')
    const again = await openFileBlobs(directory)
    expect(await readdir(join(directory, 'blobs', 'drafts'))).toEqual([])
    await again.put(new Uint8Array([1, 2, 3]))
    expect((await again.get(hash))?.length).toBe(3)
  })
})
