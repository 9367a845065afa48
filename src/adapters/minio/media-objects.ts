import { buffer } from 'node:stream/consumers'
import { type Client, S3Error } from 'minio'
import { isMediaId } from '../../domain/media-id.ts'

const missing: ReadonlySet<string> = new Set(['NoSuchKey', 'NoSuchUpload', 'NotFound'])
export const isMissing = (error: unknown): boolean => error instanceof S3Error && missing.has(error.code ?? '')

const unlessMissing = async (work: Promise<void>): Promise<void> => {
  try {
    await work
  } catch (error) {
    if (!isMissing(error)) throw error
  }
}

const bytesOf = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)

/**
 * The objects of one file. `media/<id>` is the file, made by a multipart upload. `media/<id>.<offset>` holds the
 * incomplete part that remained when a request ended. The offset in its name keeps a late request from changing the
 * part that another request continues from.
 */
export const createMediaObjects = (client: Client, bucket: string) => {
  const nameOf = (id: string): string => {
    if (!isMediaId(id)) throw new Error('not a valid file id')
    return `media/${id}`
  }
  const restName = (id: string, offset: number): string => `${nameOf(id)}.${offset}`

  const removeRests = async (id: string): Promise<void> => {
    for await (const { name } of client.listObjectsV2(bucket, `${nameOf(id)}.`, true))
      await client.removeObject(bucket, String(name))
  }

  return {
    begin: (id: string): Promise<string> => client.initiateNewMultipartUpload(bucket, nameOf(id), {}),
    putPart: async (id: string, uploadID: string, partNumber: number, bytes: Uint8Array): Promise<string> => {
      const headers = { 'Content-Length': bytes.length }
      const part = { bucketName: bucket, objectName: nameOf(id), uploadID, partNumber, headers }
      return (await client.uploadPart(part, bytesOf(bytes))).etag
    },
    complete: async (id: string, uploadId: string, etags: readonly string[]): Promise<void> => {
      const parts = etags.map((etag, index) => ({ part: index + 1, etag }))
      await client.completeMultipartUpload(bucket, nameOf(id), uploadId, parts)
    },
    abort: (id: string, uploadId: string) => unlessMissing(client.abortMultipartUpload(bucket, nameOf(id), uploadId)),
    putWhole: async (id: string, bytes: Uint8Array): Promise<void> => {
      await client.putObject(bucket, nameOf(id), bytesOf(bytes), bytes.length)
    },
    sizeOf: async (id: string): Promise<number> => (await client.statObject(bucket, nameOf(id))).size,
    get: async (id: string, from: number, length: number): Promise<Uint8Array> =>
      buffer(await client.getPartialObject(bucket, nameOf(id), from, length)),
    putRest: async (id: string, offset: number, bytes: Uint8Array): Promise<void> => {
      await client.putObject(bucket, restName(id, offset), bytesOf(bytes), bytes.length)
    },
    getRest: async (id: string, offset: number): Promise<Uint8Array> =>
      buffer(await client.getObject(bucket, restName(id, offset))),
    removeRest: (id: string, offset: number) => client.removeObject(bucket, restName(id, offset)),
    removeRests,
    remove: async (id: string): Promise<void> => {
      await client.removeObject(bucket, nameOf(id))
      await removeRests(id)
    },
  }
}

export type MediaObjects = ReturnType<typeof createMediaObjects>
