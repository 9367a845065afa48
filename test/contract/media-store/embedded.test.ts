import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe } from 'vitest'
import { openFileMedia } from '../../../src/adapters/embedded/media/file-media.ts'
import { mediaStoreContract } from './media-store.suite.ts'

describe('uploaded files in a directory', () => {
  let directory = ''
  mediaStoreContract(
    async () => {
      directory = await mkdtemp(join(tmpdir(), 'backscroll-media-'))
      return openFileMedia(directory)
    },
    async () => openFileMedia(directory),
  )
})
