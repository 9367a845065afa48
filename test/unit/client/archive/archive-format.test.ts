import { describe, expect, it } from 'vitest'
import {
  type ArchivedMessage,
  readArchive,
  writeArchive,
} from '../../../../packages/client/src/archive/archive-format.ts'
import { createStreamKey, decryptStream, encryptStream } from '../../../../packages/client/src/crypto/stream-cipher.ts'
import { codeOf, text } from '../../../support/e2ee/world.ts'

const all = async <Value>(source: AsyncIterable<Value>): Promise<Value[]> => {
  const values: Value[] = []
  for await (const value of source) values.push(value)
  return values
}

const record = (revision: number): ArchivedMessage => ({
  conversationId: 'c',
  revision,
  event: { type: 'MessageSent', note: 'é'.repeat(200) },
  plaintext: 'AAEC',
})

describe('An archive of history', () => {
  it('comes out as it went in, also over many chunks and cut anywhere on its way', async () => {
    const key = createStreamKey()
    const records = Array.from({ length: 6000 }, (_, revision) => record(revision))
    const bytes = Buffer.concat(await all(writeArchive(key, records)))
    expect(bytes.length).toBeGreaterThan(2 * 1024 * 1024)
    const pieces = Array.from({ length: Math.ceil(bytes.length / 77_777) }, (_, at) =>
      bytes.subarray(at * 77_777, (at + 1) * 77_777),
    )
    expect(await all(readArchive(key, pieces))).toEqual(records)
  })

  it('may be empty', async () => {
    const key = createStreamKey()
    expect(await all(readArchive(key, await all(writeArchive(key, []))))).toEqual([])
  })
})

const chunk = 1024 * 1024

describe('An encrypted stream', () => {
  it.each([0, 1, chunk - 1, chunk, chunk + 1, 2 * chunk])('of %i bytes comes out as it went in', async (size) => {
    const key = createStreamKey()
    const plain = new Uint8Array(size).fill(5)
    const out = Buffer.concat(await all(decryptStream(key, await all(encryptStream(key, [plain])))))
    expect(out.equals(plain)).toBe(true)
  })

  it('shows every truncation, exchange, repetition and change', async () => {
    const key = createStreamKey()
    const parts = await all(
      encryptStream(key, [new Uint8Array(chunk).fill(1), new Uint8Array(chunk).fill(2), text('end')]),
    )
    const [prefix, one, two, last] = parts
    if (prefix === undefined || one === undefined || two === undefined || last === undefined)
      throw new Error('Too short')
    const broken: Uint8Array[][] = [
      [],
      [prefix.subarray(0, 3)],
      [prefix],
      [prefix, one],
      [prefix, one, two],
      [prefix, one, last],
      [prefix, two, one, last],
      [prefix, one, one, two, last],
      [prefix, one, two, last, last],
      [prefix, one, two, last.subarray(1)],
      [prefix, one, two, last, Uint8Array.of(0)],
    ]
    for (const source of broken) expect(await codeOf(all(decryptStream(key, source)))).toBe('wrong_key')
    expect(await codeOf(all(decryptStream(createStreamKey(), parts)))).toBe('wrong_key')
  })
})
