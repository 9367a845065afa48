import { createHash } from 'node:crypto'
import { Client } from 'minio'
import { isBlobHash } from '../../domain/conversation/groups/blob-hash.ts'
import type { BlobStore } from '../../ports/blob-store.ts'
import type { MediaStore } from '../../ports/media-store.ts'
import { type BlobObject, createBlobObjects } from './blob-objects.ts'
import { createMediaLinks } from './media-links.ts'
import { answering, refused } from './minio-errors.ts'
import { createMinioMedia } from './minio-media.ts'
import { parseS3Url, type S3Address } from './s3-address.ts'
import { createTransport } from './transport.ts'

export interface MinioOptions {
  /**
   * `https://key:secret@host:port/bucket?region=name`; the bucket is `backscroll` when none is named, and is
   * created when it is missing.
   */
  readonly url: string
  /** The address at which clients reach the server, for links to files. Undefined: no links. */
  readonly publicUrl?: string | undefined
  /** How long a request may take, in milliseconds. Default 20,000. */
  readonly timeoutMs?: number
  /** Milliseconds since the Unix epoch. */
  readonly now?: () => number
}

export interface MinioBlobs extends BlobStore {
  /** Uploaded files, in the same bucket. */
  readonly media: MediaStore
  close(): Promise<void>
}

const ensureBucket = async (client: Client, { bucket, region }: S3Address): Promise<void> => {
  if (await client.bucketExists(bucket)) return
  try {
    await client.makeBucket(bucket, region)
  } catch (error) {
    // Another process was faster.
    if (!(await client.bucketExists(bucket))) throw error
  }
}

/** Some servers give the time of a blob to the second only: it may have been put until the end of that second. */
const isOlder = ({ putAt }: Pick<BlobObject, 'putAt'>, before: number): boolean => putAt + 1_000 <= before

/** One hash after the other, in an order that keeps the objects of a hash together. */
const newestOfEach = async function* (objects: AsyncIterable<BlobObject>): AsyncIterable<BlobObject> {
  let newest: BlobObject | undefined
  for await (const each of objects) {
    if (newest !== undefined && newest.hash !== each.hash) yield newest
    if (newest?.hash !== each.hash || each.putAt > newest.putAt) newest = each
  }
  if (newest !== undefined) yield newest
}

/** The connections end with the agent. */
export const connectTo = (address: S3Address, timeoutMs: number) => {
  const { agent, transport } = createTransport(address.secure, timeoutMs)
  const client = new Client({
    ...{ endPoint: address.host, port: address.port, useSSL: address.secure },
    ...{ accessKey: address.accessKey, secretKey: address.secretKey },
    ...{ transport, transportAgent: agent, retryOptions: { disableRetry: true } },
    ...(address.region !== undefined && { region: address.region }),
  })
  return { client, agent }
}

/**
 * Blobs in a bucket of MinIO, or any server that speaks S3. Any number of processes. Rejects with an `OperatorError`
 * that names BACKSCROLL_S3_URL when it cannot connect; later, calls reject with an `UnavailableError`.
 */
export const openMinioBlobs = async ({
  url,
  publicUrl,
  timeoutMs = 20_000,
  now = Date.now,
}: MinioOptions): Promise<MinioBlobs> => {
  const address = parseS3Url(url)
  const { client, agent } = connectTo(address, timeoutMs)
  const linking = async () =>
    publicUrl === undefined
      ? undefined
      : createMediaLinks(address, await client.getBucketRegionAsync(address.bucket), publicUrl)
  let link: MediaStore['link']
  try {
    await ensureBucket(client, address)
    link = await linking()
  } catch (cause) {
    agent.destroy()
    throw refused(cause, address)
  }
  const objects = createBlobObjects(client, address.bucket)

  const read = async (hash: string): Promise<Uint8Array | undefined> => {
    for (const each of (await objects.of(hash)).toReversed()) {
      const bytes = await objects.read(each)
      if (bytes !== undefined) return bytes
    }
    return undefined
  }
  const remove = async (hash: string, before: number): Promise<boolean> => {
    const found = await objects.of(hash)
    if (found.length === 0 || !found.every((each) => isOlder(each, before))) return false
    for (const each of found) await objects.remove(each)
    return true
  }
  const next = (found: AsyncIterator<BlobObject>) => answering(() => found.next())

  return {
    put: async (bytes) => {
      const hash = createHash('sha256').update(bytes).digest('hex')
      await answering(() => objects.write(hash, bytes, now()))
      return { hash, size: bytes.length }
    },
    get: async (hash) => (isBlobHash(hash) ? answering(() => read(hash)) : undefined),
    olderThan: async function* (before) {
      const found = newestOfEach(objects.all())[Symbol.asyncIterator]()
      for (let each = await next(found); each.done !== true; each = await next(found))
        if (isOlder(each.value, before)) yield each.value.hash
    },
    remove: async (hash, before) => isBlobHash(hash) && answering(() => remove(hash, before)),
    media: createMinioMedia(client, address.bucket, link),
    close: async () => agent.destroy(),
  }
}
