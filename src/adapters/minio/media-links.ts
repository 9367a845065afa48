import { Client } from 'minio'
import { isMediaId } from '../../domain/media-id.ts'
import type { MediaStore } from '../../ports/media-store.ts'
import type { S3Address } from './s3-address.ts'

/** What the bucket answers, whatever was stored with the object. The bytes of a file never change. */
const answered = {
  'response-content-type': 'application/octet-stream',
  'response-content-disposition': 'attachment',
  'response-cache-control': 'private, max-age=31536000, immutable',
}

/**
 * Signs URLs of files. `publicUrl` is the address at which clients reach the bucket's server. It is part of the
 * signature, so whatever stands in front of that server must pass the Host header on. Signing asks nobody.
 */
export const createMediaLinks = (
  { accessKey, secretKey, bucket }: S3Address,
  region: string,
  publicUrl: string,
): NonNullable<MediaStore['link']> => {
  const { protocol, hostname, port } = new URL(publicUrl)
  const useSSL = protocol === 'https:'
  const signer = new Client({
    ...{ endPoint: hostname, port: port === '' ? (useSSL ? 443 : 80) : Number(port), useSSL },
    ...{ accessKey, secretKey, region },
  })
  return (id, seconds) => {
    if (!isMediaId(id)) throw new Error('not a valid file id')
    return signer.presignedGetObject(bucket, `media/${id}`, seconds, answered)
  }
}
