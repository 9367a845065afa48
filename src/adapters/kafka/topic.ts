import { setTimeout as sleep } from 'node:timers/promises'
import kafkajs, { type Admin } from 'kafkajs'
import { OperatorError } from '../../ports/errors/operator-error.ts'
import { isKafkaError, reasonOf } from './kafka-errors.ts'

export interface TopicSettings {
  readonly topic: string
  readonly partitions: number
  readonly replicationFactor: number
  /** How long the topic keeps messages. Default three days. Only for a topic that is created here. */
  readonly retentionMs?: number
  /**
   * How many replicas must have a message before it counts. Default: the broker's. Only for a topic that is
   * created here.
   */
  readonly minInSyncReplicas?: number
}

const threeDaysMs = 3 * 24 * 60 * 60 * 1000

/** More than the largest event of any log, as JSON. */
const maxMessageBytes = 4 * 1024 * 1024

const create = async (admin: Admin, settings: TopicSettings): Promise<void> => {
  const { topic, partitions, replicationFactor, retentionMs = threeDaysMs, minInSyncReplicas } = settings
  const entries: readonly (readonly [string, number | undefined])[] = [
    ['retention.ms', retentionMs],
    ['max.message.bytes', maxMessageBytes],
    ['min.insync.replicas', minInSyncReplicas],
  ]
  const configEntries = entries.flatMap(([name, value]) => (value === undefined ? [] : [{ name, value: `${value}` }]))
  try {
    await admin.createTopics({
      waitForLeaders: false,
      topics: [{ topic, numPartitions: partitions, replicationFactor, configEntries }],
    })
  } catch (error) {
    if (!isKafkaError(error, 'INVALID_REPLICATION_FACTOR')) throw error
    throw new OperatorError(
      `Kafka has too few brokers to keep ${replicationFactor} copies of the topic ${topic}: BACKSCROLL_KAFKA_REPLICATION_FACTOR says how many there are to be`,
    )
  }
}

const attempts = 50

const unknownYet = ['UNKNOWN_TOPIC_OR_PARTITION', 'LEADER_NOT_AVAILABLE', 'NOT_LEADER_FOR_PARTITION'] as const

/** Not every broker knows yet what was created a moment ago. */
const whenKnown = async <Answer>(ask: () => Promise<Answer>): Promise<Answer> => {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await ask()
    } catch (error) {
      const unknown = isKafkaError(error, ...unknownYet)
      if (!unknown || attempt === attempts) throw error
      await sleep(100)
    }
  }
}

const countPartitions = async (admin: Admin, topic: string): Promise<number> => {
  const { topics } = await admin.fetchTopicMetadata({ topics: [topic] })
  return topics.find(({ name }) => name === topic)?.partitions.length ?? 0
}

const messageLimit = async (admin: Admin, topic: string): Promise<number> => {
  const name = 'max.message.bytes'
  const resource = { type: kafkajs.ConfigResourceTypes.TOPIC, name: topic, configNames: [name] }
  const { resources } = await admin.describeConfigs({ resources: [resource], includeSynonyms: false })
  const value = resources[0]?.configEntries.find(({ configName }) => configName === name)?.configValue
  return Number(value ?? maxMessageBytes)
}

/**
 * Creates the topic if it does not exist; from then on the operator sets its retention and replication. Throws
 * `OperatorError` when it has another number of partitions. Answers how large a batch of messages it accepts, in
 * bytes.
 */
export const ensureTopic = async (admin: Admin, settings: TopicSettings): Promise<number> => {
  const { topic, partitions } = settings
  if (!(await admin.listTopics()).includes(topic)) await create(admin, settings)
  const found = await whenKnown(() => countPartitions(admin, topic))
  if (found !== partitions)
    throw new OperatorError(
      `The Kafka topic ${topic} has ${found} partitions and BACKSCROLL_PARTITIONS says ${partitions}: they must be the same, since views are stored by partition`,
    )
  // The leader of each partition answers, so that the first publication finds all of them ready.
  await whenKnown(() => admin.fetchTopicOffsets(topic))
  return whenKnown(() => messageLimit(admin, topic))
}

/** What the operator reads when the start fails for another reason. */
export const unreachable = (brokers: readonly string[], error: unknown): OperatorError =>
  new OperatorError(
    `Kafka at ${brokers.join(',')} cannot be used; BACKSCROLL_KAFKA_BROKERS says where it is (${reasonOf(error)})`,
  )
