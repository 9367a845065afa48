import { afterEach, describe, expect, test } from 'vitest'
import { checkBucket } from '../../../src/adapters/minio/check-bucket.ts'
import { type MinioBlobs, openMinioBlobs } from '../../../src/adapters/minio/open-minio-blobs.ts'
import { engineUrl } from '../../support/engines/engine-url.ts'
import { newS3Bucket } from '../../support/engines/s3-bucket.ts'
import { mediaStoreContract } from './media-store.suite.ts'

const server = await engineUrl('s3')

describe.skipIf(server === undefined)(
  server === undefined ? 'skipped: no S3 server' : 'uploaded files in a bucket',
  () => {
    let bucket: ReturnType<typeof newS3Bucket>
    let opened: MinioBlobs[] = []
    const open = async () => {
      const blobs = await openMinioBlobs({ url: bucket.url })
      opened.push(blobs)
      return blobs
    }
    const begin = async () => {
      bucket = newS3Bucket(server ?? '')
      return open()
    }
    afterEach(async () => {
      for (const blobs of opened) await blobs.close()
      opened = []
      await bucket.remove()
    })

    mediaStoreContract(
      async () => (await begin()).media,
      async () => (await open()).media,
    )

    test('doctor tries an upload that leaves nothing, and makes no bucket', async () => {
      bucket = newS3Bucket(server ?? '')
      expect(await checkBucket(bucket.url)).toMatch(/ is not there yet: the first start makes it$/)
      expect(await bucket.client.bucketExists(bucket.bucket)).toBe(false)
      await open()
      expect(await checkBucket(bucket.url)).toMatch(/ takes files$/)
      const left: unknown[] = []
      for await (const found of bucket.client.listObjectsV2(bucket.bucket, '', true)) left.push(found)
      for await (const found of bucket.client.listIncompleteUploads(bucket.bucket, '', true)) left.push(found)
      expect(left).toEqual([])
      const other = bucket.url.replace(/:[^:@]+@/, ':another-secret@')
      await expect(checkBucket(other)).rejects.toThrow(
        /^BACKSCROLL_S3_URL: the server refuses the secret; the key needs/,
      )
    })

    test('the sweep of blobs leaves uploaded files alone', async () => {
      const { media, put, olderThan } = await begin()
      await media.finish({ id: 'f'.repeat(32), size: 0, received: 0, parts: null })
      const { hash } = await put(new Uint8Array([1]))
      const found: string[] = []
      for await (const each of olderThan(Date.now() + 60_000)) found.push(each)
      expect(found).toEqual([hash])
    })
  },
)
