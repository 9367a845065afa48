import { buffer } from 'node:stream/consumers'
import { type Client, S3Error } from 'minio'
import { isBlobHash } from '../../domain/conversation/groups/blob-hash.ts'

export interface BlobObject {
  readonly name: string
  readonly hash: string
  /** Milliseconds since the Unix epoch, by the server's clock. */
  readonly putAt: number
}

const prefixOf = (hash: string): string => `${hash.slice(0, 2)}/${hash}/`

/** A blob that is put again on another day is another object, so that removing the older one cannot hit it. */
const nameOf = (hash: string, now: number): string => `${prefixOf(hash)}${new Date(now).toISOString().slice(0, 10)}`

const missing: ReadonlySet<string> = new Set(['NoSuchKey', 'NotFound'])
const isMissing = (error: unknown): boolean => error instanceof S3Error && missing.has(error.code ?? '')

/**
 * The objects of the blobs in one bucket: `<2 hex>/<hash>/<day on which it was put>`. Each is written whole or not
 * at all, as S3 guarantees.
 */
export const createBlobObjects = (client: Client, bucket: string) => {
  const list = async function* (prefix: string): AsyncIterable<BlobObject> {
    for await (const { name, lastModified } of client.listObjectsV2(bucket, prefix, true)) {
      const hash = String(name).split('/')[1] ?? ''
      if (isBlobHash(hash)) yield { name, hash, putAt: lastModified.getTime() }
    }
  }
  return {
    /** Lists by first digit, because the bucket also holds other objects. */
    all: async function* (): AsyncIterable<BlobObject> {
      for (const digit of '0123456789abcdef') yield* list(digit)
    },
    /** The oldest first. */
    of: async (hash: string): Promise<readonly BlobObject[]> => {
      const found: BlobObject[] = []
      for await (const each of list(prefixOf(hash))) found.push(each)
      return found
    },
    /** The server compares the bytes with the checksum that the request carries. */
    write: async (hash: string, bytes: Uint8Array, now: number): Promise<void> => {
      const body = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
      await client.putObject(bucket, nameOf(hash, now), body, body.length)
    },
    /** Undefined when it was removed meanwhile. */
    read: async ({ name }: BlobObject): Promise<Uint8Array | undefined> => {
      try {
        return await buffer(await client.getObject(bucket, name))
      } catch (error) {
        if (isMissing(error)) return undefined
        throw error
      }
    },
    remove: ({ name }: BlobObject): Promise<void> => client.removeObject(bucket, name),
  }
}
