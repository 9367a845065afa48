import { afterEach, describe } from 'vitest'
import { type MinioBlobs, openMinioBlobs } from '../../../src/adapters/minio/open-minio-blobs.ts'
import { engineUrl } from '../../support/engines/engine-url.ts'
import { newS3Bucket } from '../../support/engines/s3-bucket.ts'
import { blobStoreContract } from './blob-store.suite.ts'

const server = await engineUrl('s3')

describe.skipIf(server === undefined)(server === undefined ? 'skipped: no S3 server' : 'blobs in a bucket', () => {
  let bucket: ReturnType<typeof newS3Bucket>
  let opened: MinioBlobs[] = []
  const open = async () => {
    const blobs = await openMinioBlobs({ url: bucket.url })
    opened.push(blobs)
    return blobs
  }
  afterEach(async () => {
    for (const blobs of opened) await blobs.close()
    opened = []
    await bucket.remove()
  })

  blobStoreContract(async () => {
    bucket = newS3Bucket(server ?? '')
    return open()
  }, open)
})
