import type { Client } from 'minio'
import { OperatorError } from '../../ports/errors/operator-error.ts'
import { createMediaObjects } from './media-objects.ts'
import { refused } from './minio-errors.ts'
import { connectTo } from './open-minio-blobs.ts'
import { parseS3Url } from './s3-address.ts'

/** An id that no upload has, because those are random. */
const probe = 'doctor'.padEnd(32, '_')

/** An upload that is begun, gets a part, and is ended again. It leaves nothing. */
const tryUpload = async (client: Client, bucket: string): Promise<void> => {
  const objects = createMediaObjects(client, bucket)
  const uploadId = await objects.begin(probe)
  try {
    await objects.putPart(probe, uploadId, 1, new Uint8Array([1]))
  } finally {
    await objects.abort(probe, uploadId)
  }
}

/**
 * Whether the bucket is there and takes multipart uploads, as a line. Creates no bucket. Rejects with an
 * `OperatorError` that names BACKSCROLL_S3_URL.
 */
export const checkBucket = async (url: string, timeoutMs = 10_000): Promise<string> => {
  const address = parseS3Url(url)
  const { client, agent } = connectTo(address, timeoutMs)
  try {
    if (!(await client.bucketExists(address.bucket)))
      return `the bucket ${address.bucket} is not there yet: the first start makes it`
    await tryUpload(client, address.bucket)
    return `the bucket ${address.bucket} takes files`
  } catch (cause) {
    const { message } = refused(cause, address)
    throw new OperatorError(`${message}; the key needs GetObject, PutObject, DeleteObject and AbortMultipartUpload`, {
      cause,
    })
  } finally {
    agent.destroy()
  }
}
