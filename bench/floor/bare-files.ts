import { randomUUID } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { Client } from 'minio'
import { parseS3Url } from '../../src/adapters/minio/s3-address.ts'
import { repeated } from '../load/file-requests.ts'

/** The least that a store of files can do. */
export interface BareFiles {
  write(chunk: Buffer, size: number): Promise<void>
  /** Reads what was written last. */
  read(): Promise<void>
}

const syncEveryBytes = 8 * 1024 * 1024

/** One file after the other in a directory, durable every 8 MiB. */
export const bareDisk = (directory: string): BareFiles => {
  const path = join(directory, 'bare')
  return {
    write: async (chunk, size) => {
      const file = await open(path, 'w')
      let unsynced = 0
      for (const piece of repeated(chunk, size)) {
        await file.write(piece)
        unsynced += piece.length
        if (unsynced >= syncEveryBytes) await file.datasync()
        if (unsynced >= syncEveryBytes) unsynced = 0
      }
      await file.datasync()
      await file.close()
    },
    read: async () => {
      for await (const _ of createReadStream(path, { highWaterMark: 256 * 1024 }));
    },
  }
}

/** The client of MinIO alone, in parts of 5 MiB. */
export const bareBucket = (url: string): BareFiles => {
  const { host, port, secure, accessKey, secretKey, bucket } = parseS3Url(url)
  const partSize = 5 * 1024 * 1024
  const client = new Client({ endPoint: host, port, useSSL: secure, accessKey, secretKey, partSize })
  const name = `bare/${randomUUID()}`
  return {
    write: async (chunk, size) => {
      await client.putObject(bucket, name, Readable.from(repeated(chunk, size), { objectMode: false }), size)
    },
    read: async () => {
      for await (const _ of await client.getObject(bucket, name));
    },
  }
}
