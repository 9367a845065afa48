import { randomUUID } from 'node:crypto'
import { Redis } from 'ioredis'
import { Kafka, logLevel } from 'kafkajs'
import { Client } from 'minio'
import { MongoClient } from 'mongodb'
import pg from 'pg'
import { describe, expect, it } from 'vitest'
import { engineUrl } from '../../support/engines/engine-url.ts'

/**
 * What the suites of the adapters take for granted of an engine: that it is the real thing, which refuses whoever has not got the password
 * and every wrong signature.
 */
const redis = await engineUrl('redis')
const postgres = await engineUrl('postgres')
const kafka = await engineUrl('kafka')
const mongodb = await engineUrl('mongodb')
const s3 = await engineUrl('s3')

const withoutPassword = (url: string): string => {
  const changed = new URL(url)
  changed.username = ''
  changed.password = ''
  return changed.href
}

const withPassword = (url: string, password: string): string => {
  const changed = new URL(url)
  changed.password = password
  return changed.href
}

describe.skipIf(redis === undefined)('Redis', () => {
  it('refuses a client without the password', async () => {
    const client = new Redis(withoutPassword(redis ?? ''), { enableReadyCheck: false })
    client.on('error', () => undefined)
    await expect(client.get('key')).rejects.toThrow(/NOAUTH/)
    client.disconnect()
  })
})

describe.skipIf(postgres === undefined)('PostgreSQL', () => {
  it('refuses a wrong password', async () => {
    const client = new pg.Client({ connectionString: withPassword(postgres ?? '', 'wrong') })
    await expect(client.connect()).rejects.toThrow(/password authentication failed/)
  })
})

describe.skipIf(mongodb === undefined)('MongoDB', () => {
  it('refuses a client without a password', async () => {
    const client = new MongoClient(withoutPassword(mongodb ?? ''))
    await expect(client.db('admin').collection('any').findOne({})).rejects.toThrow(/[Aa]uthenticat/)
    await client.close()
  })
})

describe.skipIf(kafka === undefined)('Kafka', () => {
  it('makes no topic because somebody names it', async () => {
    const topic = `nobody-made-${randomUUID()}`
    const client = new Kafka({ brokers: (kafka ?? '').split(','), logLevel: logLevel.NOTHING, retry: { retries: 0 } })
    const producer = client.producer({ allowAutoTopicCreation: true })
    await producer.connect()
    await expect(producer.send({ topic, messages: [{ value: 'x' }] })).rejects.toThrow(/does not host this topic/)
    await producer.disconnect()
  })
})

describe.skipIf(s3 === undefined)('S3', () => {
  const bucket = `engines-${randomUUID()}`
  const clientOf = (url: string): Client => {
    const { hostname, port, username: accessKey, password: secretKey } = new URL(url)
    return new Client({
      endPoint: hostname,
      port: Number(port),
      useSSL: false,
      accessKey,
      secretKey,
      region: 'us-east-1',
    })
  }
  const put = async (url: string): Promise<number> => (await fetch(url, { method: 'PUT', body: 'content' })).status

  it('accepts what is signed with its secret, and refuses a wrong secret and an unsigned request', async () => {
    const client = clientOf(s3 ?? '')
    await client.makeBucket(bucket)
    await client.putObject(bucket, 'signed', 'content')
    const forged = clientOf(withPassword(s3 ?? '', 'wrong-secret-key')).putObject(bucket, 'forged', 'content')
    await expect(forged).rejects.toMatchObject({ code: 'SignatureDoesNotMatch' })
    expect((await fetch(`${new URL(s3 ?? '').origin}/${bucket}/signed`)).status).toBe(403)
    await client.removeObject(bucket, 'signed')
    await client.removeBucket(bucket)
  })

  it('accepts a presigned URL for the object that it names, and refuses it for another', async () => {
    const client = clientOf(s3 ?? '')
    const other = `${bucket}-presigned`
    await client.makeBucket(other)
    const url = await client.presignedPutObject(other, 'mine', 60)
    expect(await put(url.replace('/mine?', '/yours?'))).toBe(403)
    expect(await put(url.replace('X-Amz-Signature=', 'X-Amz-Signature=0'))).toBe(403)
    expect(await put(url)).toBe(200)
    await client.removeObject(other, 'mine')
    await client.removeBucket(other)
  })
})
