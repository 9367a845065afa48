import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { Redis } from 'ioredis'
import { Kafka, logLevel } from 'kafkajs'
import { MongoClient } from 'mongodb'
import { Client } from 'pg'

/** Everything that an engine holds, as one text; binary as latin1 and, where it is base64 of something, decoded as well. */
export type Dump = () => Promise<string>

const bothForms = (bytes: Buffer): string => `${bytes.toString('latin1')}\n`

/** The file of a KurrentDB double: data and metadata of each event are base64 there. */
export const dumpDouble =
  (file: string): Dump =>
  async () => {
    let text = ''
    for await (const line of createInterface(createReadStream(file))) {
      const fields: unknown[] = JSON.parse(line)
      text += `${line}\n`
      for (const field of [fields[6], fields[7]]) text += bothForms(Buffer.from(String(field), 'base64'))
    }
    return text
  }

/** All messages of the topics whose names begin so, from the first one that is kept. */
export const dumpKafka =
  (brokers: string, prefix: string): Dump =>
  async () => {
    const kafka = new Kafka({ clientId: 'dump', brokers: brokers.split(','), logLevel: logLevel.NOTHING })
    const admin = kafka.admin()
    await admin.connect()
    const topics = (await admin.listTopics()).filter((topic) => topic.startsWith(prefix))
    const ends = (await Promise.all(topics.map((topic) => admin.fetchTopicOffsets(topic)))).flat()
    const wanted = ends.reduce((sum, { high, low }) => sum + Number(high) - Number(low), 0)
    const consumer = kafka.consumer({ groupId: `dump-${crypto.randomUUID()}` })
    await consumer.connect()
    for (const topic of topics) await consumer.subscribe({ topic, fromBeginning: true })
    let [text, seen] = ['', 0]
    const all = Promise.withResolvers<void>()
    await consumer.run({
      eachMessage: async ({ message }) => {
        text += bothForms(message.value ?? Buffer.alloc(0))
        seen += 1
        if (seen >= wanted) all.resolve()
      },
    })
    if (wanted > 0) await all.promise
    await consumer.disconnect()
    await admin.disconnect()
    return text
  }

export const dumpMongo =
  (url: string): Dump =>
  async () => {
    const client = await new MongoClient(url).connect()
    const db = client.db()
    const names = (await db.listCollections({}, { nameOnly: true }).toArray()).map(({ name }) => name)
    const all = await Promise.all(names.map((name) => db.collection(name).find().toArray()))
    await client.close()
    return JSON.stringify(all)
  }

export const dumpPostgres =
  (url: string): Dump =>
  async () => {
    const client = new Client({ connectionString: url })
    await client.connect()
    const { rows } = await client.query("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    let text = ''
    for (const { tablename } of rows) text += JSON.stringify((await client.query(`SELECT * FROM "${tablename}"`)).rows)
    await client.end()
    return text
  }

export const dumpRedis =
  (url: string): Dump =>
  async () => {
    const redis = new Redis(url)
    let text = ''
    for (const key of await redis.keys('*')) text += bothForms((await redis.dumpBuffer(key)) ?? Buffer.alloc(0))
    await redis.quit()
    return text
  }
