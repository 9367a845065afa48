import { randomBytes } from 'node:crypto'
import { beforeEach, expect, test } from 'vitest'
import type { MediaStore, StoredFile } from '../../../src/ports/media-store.ts'

const newFile = (size: number): StoredFile => ({
  id: randomBytes(24).toString('base64url'),
  size,
  received: 0,
  parts: null,
})

class Cut extends Error {}

const piecesOf = async function* (bytes: Uint8Array, pieceBytes: number, isCut: boolean): AsyncIterable<Uint8Array> {
  for (let at = 0; at < bytes.length; at += pieceBytes) yield bytes.subarray(at, at + pieceBytes)
  if (isCut) throw new Cut('the line was cut')
}

/** Keeps the record of a file, as the server does. */
const sender = (start: StoredFile) => {
  let file = start
  return {
    file: () => file,
    send: async (store: MediaStore, bytes: Uint8Array, { isCut = false, pieceBytes = 65_536 } = {}) => {
      const sent = store.append(file, piecesOf(bytes, pieceBytes, isCut), async (received, parts) => {
        expect(received).toBeGreaterThanOrEqual(file.received)
        file = { ...file, received, parts }
      })
      if (isCut) await expect(sent).rejects.toThrow(Cut)
      else await sent
    },
  }
}

const read = async (store: MediaStore, id: string, from: number, to: number): Promise<Buffer> => {
  const chunks: Uint8Array[] = []
  for await (const chunk of store.read(id, from, to)) chunks.push(chunk)
  return Buffer.concat(chunks)
}

/** What every store of uploaded files guarantees. `again` opens the same files as another process would. */
export const mediaStoreContract = (open: () => Promise<MediaStore>, again: () => Promise<MediaStore>): void => {
  let store: MediaStore
  beforeEach(async () => {
    store = await open()
  })

  test('a file from one request can be read whole and in any range', async () => {
    const bytes = randomBytes(6_000_000)
    const upload = sender(newFile(bytes.length))
    await upload.send(store, bytes)
    expect(upload.file().received).toBe(bytes.length)
    await store.finish(upload.file())
    const { id } = upload.file()
    expect((await read(store, id, 0, bytes.length)).equals(bytes)).toBe(true)
    for (const [from, to] of [
      [0, 1],
      [5_242_879, 5_242_881],
      [bytes.length - 1, bytes.length],
      [7, 7],
    ] as const)
      expect((await read(store, id, from, to)).equals(bytes.subarray(from, to))).toBe(true)
  })

  test('a file may be empty', async () => {
    const file = newFile(0)
    await store.finish(file)
    expect(await read(store, file.id, 0, 0)).toEqual(Buffer.alloc(0))
  })

  test('an upload that is cut at every byte results in the whole file', async () => {
    const bytes = randomBytes(24)
    const upload = sender(newFile(bytes.length))
    for (let at = 0; at < bytes.length; at += 1) {
      expect(upload.file().received).toBe(at)
      await upload.send(await again(), bytes.subarray(at, at + 1), { isCut: true })
    }
    await store.finish(upload.file())
    expect((await read(store, upload.file().id, 0, bytes.length)).equals(bytes)).toBe(true)
  })

  test('an upload that is cut inside several parts results in the whole file', async () => {
    const bytes = randomBytes(11_000_000)
    const upload = sender(newFile(bytes.length))
    for (const to of [1, 3_000_000, 5_242_880, 5_242_881, 9_999_999, 10_485_759, 10_485_761, bytes.length]) {
      await upload.send(await again(), bytes.subarray(upload.file().received, to), {
        isCut: true,
        pieceBytes: 1_000_003,
      })
      expect(upload.file().received).toBe(to)
    }
    await store.finish(upload.file())
    expect((await read(store, upload.file().id, 0, bytes.length)).equals(bytes)).toBe(true)
  })

  test('bytes that were stored but not noted are overwritten', async () => {
    const bytes = randomBytes(200)
    const upload = sender(newFile(bytes.length))
    await upload.send(store, bytes.subarray(0, 50))
    const before = upload.file()
    const lost = store.append(before, piecesOf(randomBytes(100), 10, false), async () => {
      throw new Cut('the note was lost')
    })
    await expect(lost).rejects.toThrow(Cut)
    expect(upload.file()).toEqual(before)
    await upload.send(store, bytes.subarray(50))
    await store.finish(upload.file())
    expect((await read(store, before.id, 0, bytes.length)).equals(bytes)).toBe(true)
  })

  test('finishing may be repeated', async () => {
    const upload = sender(newFile(3))
    await upload.send(store, Buffer.from('abc'))
    await store.finish(upload.file())
    await (await again()).finish(upload.file())
    expect(String(await read(store, upload.file().id, 0, 3))).toBe('abc')
  })

  test('a complete or incomplete file can be removed, also repeatedly', async () => {
    const [whole, part, none] = [sender(newFile(3)), sender(newFile(6)), sender(newFile(9))]
    await whole.send(store, Buffer.from('abc'))
    await store.finish(whole.file())
    await part.send(store, Buffer.from('abc'), { isCut: true })
    for (const { file } of [whole, part, none]) {
      await store.remove(file())
      await store.remove(file())
    }
    await expect(read(store, whole.file().id, 0, 3)).rejects.toThrow()
  })

  test('an invalid id is refused', async () => {
    for (const id of [
      '',
      '..',
      '../../events.db',
      'a/b',
      `${'A'.repeat(31)}/`,
      `${'A'.repeat(31)}\0`,
      'A'.repeat(33),
    ]) {
      const file = { id, size: 1, received: 0, parts: null }
      await expect(read(store, id, 0, 1)).rejects.toThrow()
      await expect((async () => store.remove(file))()).rejects.toThrow()
      await expect(store.append(file, piecesOf(Buffer.from('a'), 1, false), async () => {})).rejects.toThrow()
    }
  })
}
