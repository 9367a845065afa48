import { randomUUID } from 'node:crypto'
import { Agent } from 'node:http'
import { Client } from 'minio'

/** The address of a bucket of its own, which is not there yet, on the server that `server` names; `remove` empties and drops it. */
export const newS3Bucket = (server: string) => {
  const bucket = `test-${randomUUID()}`
  const url = new URL(server)
  url.pathname = `/${bucket}`
  const transportAgent = new Agent()
  const client = new Client({
    ...{ endPoint: url.hostname, port: Number(url.port), useSSL: url.protocol === 'https:', transportAgent },
    ...{ accessKey: decodeURIComponent(url.username), secretKey: decodeURIComponent(url.password) },
  })
  return {
    url: url.href,
    client,
    bucket,
    remove: async () => {
      if (await client.bucketExists(bucket)) {
        for await (const { name } of client.listObjectsV2(bucket, '', true)) await client.removeObject(bucket, name)
        await client.removeBucket(bucket)
      }
      transportAgent.destroy()
    },
  }
}
