import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { Redis } from 'ioredis'
import { type Consumer, Kafka, logLevel } from 'kafkajs'
import { MongoClient } from 'mongodb'
import { Client } from 'pg'

type Environment = Readonly<Record<string, string>>

const must = (env: Environment, name: string): string => {
  const value = env[`BACKSCROLL_${name}`]
  if (value === undefined) throw new Error(`${name} is not set`)
  return value
}

/** A value as a text in which its parts can be searched for: text as it is, bytes as latin1 and in base64. */
const spelled = (value: unknown): string => {
  if (value instanceof Uint8Array)
    return `${Buffer.from(value).toString('latin1')}\n${Buffer.from(value).toString('base64')}`
  if (typeof value !== 'object' || value === null || value instanceof Date) return String(value)
  return Object.entries(value)
    .map(([name, one]) => `${name} ${spelled(one)}`)
    .join('\n')
}

/** Every event in the file of a KurrentDB double: data and metadata are base64 there. */
export const doubleContent = async (file: string): Promise<string> => {
  const events: unknown[] = []
  for await (const line of createInterface(createReadStream(file))) {
    const fields: unknown[] = JSON.parse(line)
    events.push(line, ...[fields[6], fields[7]].map((field) => Buffer.from(String(field), 'base64')))
  }
  return spelled(events)
}

/** Every document of every collection of the cluster's database. */
export const mongoContent = async (env: Environment): Promise<string> => {
  const client = await new MongoClient(must(env, 'MONGODB_URL')).connect()
  try {
    const collections = await client.db().listCollections().toArray()
    const all = await Promise.all(
      collections.map(({ name }) => client.db().collection(name).find({}, { promoteBuffers: true }).toArray()),
    )
    return spelled(all)
  } finally {
    await client.close()
  }
}

/** Every row of every table. */
export const postgresContent = async (env: Environment): Promise<string> => {
  const client = new Client({ connectionString: must(env, 'POSTGRES_URL') })
  await client.connect()
  try {
    const { rows } = await client.query("select tablename from pg_tables where schemaname = 'public'")
    const all: unknown[] = []
    for (const { tablename } of rows) all.push((await client.query(`select * from "${tablename}"`)).rows)
    return spelled(all)
  } finally {
    await client.end()
  }
}

const heldBy = async (redis: Redis, key: string): Promise<unknown> => {
  const readers: Readonly<Record<string, () => Promise<unknown>>> = {
    string: () => redis.getBuffer(key),
    hash: () => redis.hgetallBuffer(key),
    set: () => redis.smembersBuffer(key),
    zset: () => redis.zrangeBuffer(key, 0, '-1'),
    list: () => redis.lrangeBuffer(key, 0, -1),
  }
  return readers[await redis.type(key)]?.()
}

/** Every key of the cluster, with what it holds. */
export const redisContent = async (env: Environment): Promise<string> => {
  const redis = new Redis(must(env, 'REDIS_URL'))
  try {
    const all: unknown[] = []
    for await (const keys of redis.scanStream({ match: `*${must(env, 'CLUSTER')}*`, count: 1_000 }))
      for (const key of keys) all.push([key, await heldBy(redis, key)])
    return spelled(all)
  } finally {
    redis.disconnect()
  }
}

const readAll = async (consumer: Consumer, topics: readonly string[], total: number): Promise<unknown[]> => {
  const messages: unknown[] = []
  const done = Promise.withResolvers<void>()
  if (total === 0) return []
  await consumer.subscribe({ topics: [...topics], fromBeginning: true })
  await consumer.run({
    eachMessage: async ({ message }) => {
      messages.push(message.value)
      if (messages.length >= total) done.resolve()
    },
  })
  await done.promise
  return messages
}

/** Every message on the cluster's topics, and how long each topic keeps them, milliseconds. */
export const kafkaContent = async (env: Environment) => {
  const kafka = new Kafka({ brokers: must(env, 'KAFKA_BROKERS').split(','), logLevel: logLevel.NOTHING })
  const [admin, consumer] = [kafka.admin(), kafka.consumer({ groupId: `look-${must(env, 'CLUSTER')}-${Date.now()}` })]
  await Promise.all([admin.connect(), consumer.connect()])
  try {
    const topics = (await admin.listTopics()).filter((topic) => topic.startsWith(`${must(env, 'CLUSTER')}-`))
    const offsets = await Promise.all(topics.map((topic) => admin.fetchTopicOffsets(topic)))
    const total = offsets.flat().reduce((sum, { high, low }) => sum + Number(high) - Number(low), 0)
    const { resources } = await admin.describeConfigs({
      includeSynonyms: false,
      resources: topics.map((name) => ({ type: 2, name, configNames: ['retention.ms'] })),
    })
    const retentionMs = resources.flatMap(({ configEntries }) =>
      configEntries.map(({ configValue }) => Number(configValue)),
    )
    return { text: spelled(await readAll(consumer, topics, total)), retentionMs }
  } finally {
    await Promise.all([consumer.disconnect(), admin.disconnect()])
  }
}
