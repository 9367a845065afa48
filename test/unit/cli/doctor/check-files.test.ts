import { mkdtemp, rm, truncate } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { openFileMedia, pathOfMedia } from '../../../../src/adapters/embedded/media/file-media.ts'
import { openAccountsFile } from '../../../../src/adapters/sql/database/open-sqlite.ts'
import { checkFiles } from '../../../../src/cli/doctor/check-files.ts'

const linesOf = (directory: string, reserveBytes = 0) =>
  checkFiles(directory, reserveBytes).map(({ ok, line }) => `${ok ? 'ok' : 'WRONG'} ${line}`)

test('doctor misses uploaded files that are gone or cut, and space for uploads', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'backscroll-doctor-'))
  onTestFinished(() => rm(directory, { recursive: true, force: true }))
  const space = 'ok there is space for uploads'
  expect(linesOf(directory)).toEqual(['ok all 0 uploaded files are there, with their size', space])

  const accounts = await openAccountsFile({ directory })
  const store = openFileMedia(directory)
  const ids = ['a', 'b', 'c'].map((letter) => letter.repeat(32))
  for (const id of ids) {
    const file = { id, size: 10, received: 0, parts: null }
    const caps = { bytes: 1_000, uploads: 10 }
    await accounts.beginMedia({ ...file, userId: 'ann', hash: null, createdAt: 1, namedAt: null }, caps)
    const bytes = async function* () {
      yield new Uint8Array(10)
    }
    await store.append(file, bytes(), async () => {})
    await accounts.finishMedia(id, 'hash')
  }
  expect(linesOf(directory)).toEqual(['ok all 3 uploaded files are there, with their size', space])
  const [cut = '', lost = ''] = ids
  await truncate(pathOfMedia(directory, cut), 5)
  await rm(pathOfMedia(directory, lost))
  expect(linesOf(directory)).toEqual([
    expect.stringMatching(/^WRONG of 3 uploaded files 2 are missing or cut: copy `media` from a backup/),
    space,
  ])
  expect(linesOf(directory, Number.MAX_SAFE_INTEGER)[1]).toMatch(/^WRONG less than BACKSCROLL_DISK_RESERVE_BYTES/)
  await accounts.close()
})
