import { type Bytes, concat, owned, randomBytes, uint32 } from '../encoding/bytes.ts'
import { E2eeError } from '../errors/e2ee-error.ts'

/** Bytes of plaintext in one chunk. */
export const chunkSize = 1024 * 1024
export const tagSize = 16
export const prefixSize = 7
const maximumChunks = 2 ** 32

/** STREAM (Hoang et al.): a chunk cannot be moved, dropped or doubled, nor become the last one. */
const parametersFor = (prefix: Uint8Array, index: number, last: boolean) => ({
  name: 'AES-GCM',
  iv: concat(prefix, uint32(index), Uint8Array.of(last ? 1 : 0)),
})

export const createStreamKey = (): Bytes => randomBytes(32)

const importKey = (key: Uint8Array, usage: 'encrypt' | 'decrypt'): Promise<CryptoKey> => {
  if (key.length !== 32) throw new RangeError('A stream key has 32 bytes')
  return crypto.subtle.importKey('raw', owned(key), 'AES-GCM', false, [usage])
}

type Source = AsyncIterable<Uint8Array> | Iterable<Uint8Array>

/** Cuts into pieces of exactly `size`; only the last one is shorter. There is always one, which may be empty. */
export async function* recut(source: Source, size: number): AsyncGenerator<{ piece: Bytes; last: boolean }> {
  let held: Uint8Array[] = []
  let length = 0
  for await (const bytes of source) {
    held.push(bytes)
    length += bytes.length
    if (length <= size) continue
    const joined = concat(...held)
    let at = 0
    for (; joined.length - at > size; at += size) yield { piece: joined.subarray(at, at + size), last: false }
    held = [joined.subarray(at)]
    length = joined.length - at
  }
  yield { piece: concat(...held), last: true }
}

/** `key`: 32 bytes, used for this stream alone. Yields a prefix of 7 bytes and then chunks of 1 MiB + 16 bytes. */
export async function* encryptStream(key: Uint8Array, source: Source): AsyncGenerator<Bytes> {
  const imported = await importKey(key, 'encrypt')
  const prefix = randomBytes(prefixSize)
  yield prefix
  let index = 0
  for await (const { piece, last } of recut(source, chunkSize)) {
    if (index >= maximumChunks) throw new RangeError('This stream is too long')
    yield new Uint8Array(await crypto.subtle.encrypt(parametersFor(prefix, index, last), imported, piece))
    index += 1
  }
}

async function* withoutPrefix(source: Source, found: (prefix: Bytes) => void): AsyncGenerator<Uint8Array> {
  let head: Bytes | undefined = new Uint8Array()
  for await (const bytes of source) {
    if (head === undefined) {
      yield bytes
      continue
    }
    head = concat(head, bytes)
    if (head.length < prefixSize) continue
    found(head.slice(0, prefixSize))
    yield head.subarray(prefixSize)
    head = undefined
  }
  if (head !== undefined) throw new E2eeError('wrong_key')
}

/** Yields only verified bytes. Throws `wrong_key` at the first chunk that fails: damage, truncation, another key. */
export async function* decryptStream(key: Uint8Array, source: Source): AsyncGenerator<Bytes> {
  const imported = await importKey(key, 'decrypt')
  let prefix: Bytes = new Uint8Array()
  const body = withoutPrefix(source, (found) => {
    prefix = found
  })
  let index = 0
  for await (const { piece, last } of recut(body, chunkSize + tagSize)) {
    try {
      yield new Uint8Array(await crypto.subtle.decrypt(parametersFor(prefix, index, last), imported, piece))
    } catch (thrown) {
      throw new E2eeError('wrong_key', { chunk: index }, thrown)
    }
    index += 1
  }
}
