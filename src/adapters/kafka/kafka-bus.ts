import type { Admin, Kafka, Producer, RetryOptions } from 'kafkajs'
import { OperatorError } from '../../ports/errors/operator-error.ts'
import type { Consumption, EventBus } from '../../ports/event-bus.ts'
import { createKafkaClients, type KafkaConnection } from './client.ts'
import { startConsumption } from './consumption.ts'
import { isKafkaError } from './kafka-errors.ts'
import { createPublisher } from './publisher.ts'
import { type Reconnecting, reconnecting } from './reconnecting.ts'
import { ensureTopic, type TopicSettings, unreachable } from './topic.ts'

export interface KafkaBusSettings extends KafkaConnection, TopicSettings {
  /** Without a confirmation in this time `publish` rejects. Default 15 s. */
  readonly publishTimeoutMs?: number
}

type Clients = (retry: RetryOptions) => Kafka

const soon = { initialRetryTime: 100, multiplier: 2, maxRetryTime: 500, retries: 3 }

const ensure = async (admin: Reconnecting<Admin>, settings: KafkaBusSettings): Promise<number> => {
  try {
    return await admin.use((client) => ensureTopic(client, settings))
  } catch (error) {
    throw error instanceof OperatorError ? error : unreachable(settings.brokers, error)
  }
}

const createProducer = (client: Clients): Producer =>
  client(soon).producer({
    createPartitioner:
      () =>
      ({ message }) =>
        message.partition ?? 0,
    allowAutoTopicCreation: false,
    idempotent: false,
    // With more, a batch that is sent again could land behind a later one.
    maxInFlightRequests: 1,
    // Its second attempt leaves out the brokers that answered the first one, even for partitions that have moved to
    // them meanwhile: those are lost.
    retry: { retries: 0 },
  })

/**
 * The event bus on one Kafka topic, which is created if it does not exist. Throws `OperatorError` when Kafka cannot
 * be used now, or the topic does not fit. Later it retries for ever, and consumers restart by themselves.
 */
export const openKafkaBus = async (settings: KafkaBusSettings): Promise<EventBus> => {
  const { topic, partitions, publishTimeoutMs = 15_000 } = settings
  const client = createKafkaClients(settings)
  const admin = reconnecting(() => client(soon).admin())
  const limitBytes = await ensure(admin, settings)
  const producer = reconnecting(() => createProducer(client))
  const publish = createPublisher({ producer, topic, partitions, limitBytes, timeoutMs: publishTimeoutMs })
  const consumptions = new Set<Consumption>()
  let closing: Promise<void> | undefined

  const open = (): void => {
    if (closing !== undefined) throw new Error('The bus is closed')
  }

  const close = async (): Promise<void> => {
    await Promise.all([...consumptions].map((one) => one.close()))
    await Promise.all([producer.close(), admin.close()])
  }

  return {
    partitions,
    publish: async (slices) => {
      open()
      try {
        await publish(slices)
      } catch (error) {
        // Somebody deleted it. The log holds what it held, and consumers find it there.
        if (isKafkaError(error, 'UNKNOWN_TOPIC_OR_PARTITION')) await ensure(admin, settings).catch(() => undefined)
        throw error
      }
    },
    consume: async (group, openPartition, options) => {
      open()
      const groupId = `${topic}.${group}`
      const consumption = startConsumption({ ...options, client, admin, topic, groupId, open: openPartition })
      consumptions.add(consumption)
      const leave = async (): Promise<void> => {
        await consumption.close()
        consumptions.delete(consumption)
      }
      return { ...consumption, close: leave }
    },
    close: () => {
      closing ??= close()
      return closing
    },
  }
}
