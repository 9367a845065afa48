import { appendFile, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
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

const written = async (writes: readonly Readonly<Record<string, unknown>>[]): Promise<string> => {
  const path = await newPath()
  const store = createFileStore(path)
  await store.load()
  for (const values of writes) await store.write(Object.entries(values).map(([key, value]) => ({ key, value })))
  await store.close()
  return path
}

/** As it was before the last write, and where that begins. */
const lastWrite = (whole: Buffer): number => {
  const lines = whole.toString().split('\n')
  const number = lines.at(-2)?.split('\t')[2]
  const before = lines.filter((line) => line !== '' && line.split('\t')[2] !== number)
  return Buffer.byteLength(before.map((line) => `${line}\n`).join(''))
}

const flipped = (whole: Buffer, at: number): Buffer => {
  const copy = Buffer.from(whole)
  copy[at] = (copy[at] ?? 0) ^ 0x01
  return copy
}

const kept = { a: 'first', b: { n: 2 } }
const lost = { c: 'third', d: 'fourth', e: [5] }

describe('The journal of the file store', () => {
  it('drops a write that was cut off at any byte, and keeps all before it', async () => {
    const path = await written([kept, lost])
    const whole = await readFile(path)
    for (let bytes = lastWrite(whole); bytes < whole.length; bytes += 1) {
      await writeFile(path, whole.subarray(0, bytes))
      expect(await loaded(path)).toEqual(kept)
    }
  })

  it('drops a last write that a crash has left with any byte wrong', async () => {
    const path = await written([kept, lost])
    const whole = await readFile(path)
    for (let at = lastWrite(whole); at < whole.length; at += 1) {
      await writeFile(path, flipped(whole, at))
      expect(await loaded(path)).toEqual(kept)
    }
  })

  it('refuses a file with any byte wrong before its last write', async () => {
    const path = await written([kept, { f: 3 }, lost])
    const whole = await readFile(path)
    for (let at = 0; at < lastWrite(whole); at += 1) {
      await writeFile(path, flipped(whole, at))
      await expect(loaded(path), `byte ${at}`).rejects.toMatchObject({ code: 'corrupt_store' })
    }
  })

  it('refuses a file that was compacted and has lost its end', async () => {
    const path = await written([kept])
    await loaded(path)
    const store = createFileStore(path)
    await store.load()
    for (let n = 0; n < 40; n += 1) await store.write([{ key: 'f', value: `${n}${'x'.repeat(10_000)}` }])
    await store.close()
    const whole = await readFile(path)
    const base = whole
      .toString()
      .split('\n')
      .filter((line) => line.split('\t')[2] === '0')
      .join('\n')
    expect(base).toContain('first')
    await writeFile(path, base.slice(0, -1))
    await expect(loaded(path)).rejects.toMatchObject({ code: 'corrupt_store' })
  })

  it('goes on after a torn write as if it had not been', async () => {
    const path = await written([{ value: 'first' }])
    await appendFile(path, '0badc0de\t[["val')
    const store = createFileStore(path)
    await store.load()
    await store.write([{ key: 'other', value: 2 }])
    await store.close()
    expect(await loaded(path)).toEqual({ value: 'first', other: 2 })
  })

  it('holds nothing of what was replaced or deleted once the write has resolved', async () => {
    const path = await written([{ a: 'canary of a', b: 'canary of b', c: 'stays' }])
    const store = createFileStore(path)
    await store.load()
    expect(await readFile(path, 'utf8')).toContain('canary of a')
    await store.write([
      { key: 'a', value: 'new' },
      { key: 'd', value: 'canary within a write' },
      { key: 'b', value: undefined },
      { key: 'd', value: 4 },
    ])
    expect(await readFile(path, 'utf8')).not.toContain('canary')
    await store.close()
    expect(await loaded(path)).toEqual({ a: 'new', c: 'stays', d: 4 })
  })

  it('overwrites at the start what a crash has left between a write and the overwriting', async () => {
    const path = await newPath()
    const store = createFileStore(path)
    await store.load()
    await store.write([{ key: 'a', value: 'canary' }])
    const before = await readFile(path)
    await store.write([{ key: 'a', value: 'new' }])
    await store.close()
    const after = await readFile(path)
    await writeFile(path, Buffer.concat([before, after.subarray(before.length)]))
    expect(await readFile(path, 'utf8')).toContain('canary')
    expect(await loaded(path)).toEqual({ a: 'new' })
    expect(await readFile(path, 'utf8')).not.toContain('canary')
  })

  it('reads a file of the form that it had before', async () => {
    const path = await written([])
    const line = (pairs: unknown) => {
      const text = JSON.stringify(pairs)
      return `${crc32(text).toString(16).padStart(8, '0')} ${text}\n`
    }
    await writeFile(
      path,
      `${line([
        ['a', 'canary'],
        ['b', 2],
      ])}${line([['a'], ['c', null]])}0bad`,
    )
    expect(await loaded(path)).toEqual({ b: 2, c: null })
    expect(await readFile(path, 'utf8')).not.toContain('canary')
    expect(await loaded(path)).toEqual({ b: 2, c: null })
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
