import { appendFile, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { createFileStore } from '../../../src/client/file-store.ts'
import { describeStore } from './store.suite.ts'

const directories: string[] = []
afterAll(async () => {
  for (const directory of directories) await rm(directory, { recursive: true })
})

const newPath = async (): Promise<string> => {
  const directory = await mkdtemp(join(tmpdir(), 'backscroll-store-'))
  directories.push(directory)
  return join(directory, 'deep', 'device.journal')
}

describeStore('file', async () => {
  const path = await newPath()
  return { open: () => createFileStore(path) }
})

const loaded = async (path: string) => {
  const store = createFileStore(path)
  const records = await store.load()
  await store.close()
  return Object.fromEntries(records)
}

const written = async (values: readonly unknown[]): Promise<string> => {
  const path = await newPath()
  const store = createFileStore(path)
  await store.load()
  for (const value of values) await store.write([{ key: 'value', value }])
  await store.close()
  return path
}

describe('The journal of the file store', () => {
  it('drops a write that was cut off at any byte, and keeps all before it', async () => {
    const path = await written(['first', 'second'])
    const whole = await readFile(path)
    const lastLine = whole.lastIndexOf(0x0a, whole.length - 2) + 1
    for (let bytes = lastLine; bytes < whole.length; bytes += 1) {
      await writeFile(path, whole.subarray(0, bytes))
      expect(await loaded(path)).toEqual({ value: 'first' })
    }
  })

  it('goes on after a torn write as if it had not been', async () => {
    const path = await written(['first'])
    await appendFile(path, '0badc0de [["val')
    const store = createFileStore(path)
    await store.load()
    await store.write([{ key: 'other', value: 2 }])
    await store.close()
    expect(await loaded(path)).toEqual({ value: 'first', other: 2 })
  })

  it('refuses a file that is damaged before its end', async () => {
    const path = await written(['first', 'second', 'third'])
    const whole = await readFile(path, 'utf8')
    await writeFile(path, whole.replace('"second"', '"changed"'))
    await expect(loaded(path)).rejects.toMatchObject({ code: 'corrupt_store' })
  })

  it('is compacted when most of it is outdated, and only its owner may read it', async () => {
    const path = await newPath()
    const store = createFileStore(path)
    await store.load()
    const value = 'x'.repeat(10_000)
    for (let n = 0; n < 100; n += 1) await store.write([{ key: 'value', value: `${n}${value}` }])
    await store.close()
    const { size, mode } = await stat(path)
    expect(size).toBeLessThan(400_000)
    expect(mode & 0o777).toBe(0o600)
    expect(await loaded(path)).toEqual({ value: `99${value}` })
  })
})
