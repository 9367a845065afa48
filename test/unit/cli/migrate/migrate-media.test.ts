import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { openFileMedia } from '../../../../src/adapters/embedded/media/file-media.ts'
import { createMediaRecords } from '../../../../src/adapters/sql/accounts/media.ts'
import { openAccountsFileTables } from '../../../../src/adapters/sql/database/open-sqlite.ts'
import { compareMedia, copyMedia } from '../../../../src/cli/migrate/migrate-media.ts'
import { hashOf } from '../../../../src/media/running-hashes.ts'

const quiet = () => () => {}

const newDirectory = async (): Promise<string> => {
  const directory = await mkdtemp(join(tmpdir(), 'backscroll-files-'))
  onTestFinished(() => rm(directory, { recursive: true, force: true }))
  return directory
}

test('complete files are copied once, damaged copies are found and replaced, and uploads in progress are not copied', async () => {
  const [from, to] = [await newDirectory(), await newDirectory()]
  const accounts = await openAccountsFileTables({ directory: from })
  onTestFinished(() => accounts.destroy())
  const [records, source, target] = [createMediaRecords(accounts), openFileMedia(from), openFileMedia(to)]
  const add = async (isWhole: boolean): Promise<string> => {
    const bytes = randomBytes(1_000)
    const id = randomBytes(24).toString('base64url')
    const file = { id, size: isWhole ? 1_000 : 2_000, received: 0, parts: null }
    const caps = { bytes: 1_000_000, uploads: 10 }
    await records.beginMedia({ ...file, userId: 'ann', hash: null, createdAt: 1, namedAt: null }, caps)
    const chunks = async function* () {
      yield bytes
    }
    await source.append(file, chunks(), async (received) => void (await records.advanceMedia(id, 0, received, null)))
    if (isWhole) await records.finishMedia(id, await hashOf(source.read(id, 0, 1_000)))
    return id
  }
  const whole = await add(true)
  await add(false)

  expect(await compareMedia(accounts, target, quiet)).toEqual({ files: 1, differing: [whole] })
  expect(await copyMedia(accounts, source, target, quiet)).toBe(1)
  expect(await compareMedia(accounts, target, quiet)).toEqual({ files: 1, differing: [] })
  expect(await copyMedia(accounts, source, target, quiet)).toBe(0)
  await writeFile(join(to, 'media', whole.slice(0, 2), whole), randomBytes(1_000))
  expect(await compareMedia(accounts, target, quiet)).toEqual({ files: 1, differing: [whole] })
  expect(await copyMedia(accounts, source, target, quiet)).toBe(1)
  expect(await compareMedia(accounts, target, quiet)).toEqual({ files: 1, differing: [] })
})
