import { setTimeout as sleep } from 'node:timers/promises'
import type { Admin, Kafka, Producer, RetryOptions } from 'kafkajs'
import type { Consumption, EventBus } from '../../ports/event-bus.ts'
import { OperatorError } from '../../ports/operator-error.ts'
import { createKafkaClients, type KafkaConnection } from './client.ts'
import { startConsumption } from './consumption.ts'
import { createPublisher } from './publisher.ts'
import { ensureTopic, type TopicSettings, unreachable } from './topic.ts'

export interface KafkaBusSettings extends KafkaConnection, TopicSettings {
  /** After this time without a confirmation `publish` rejects. Default 15 s. */
  readonly publishTimeoutMs?: number
}

type Clients = (retry: RetryOptions) => Kafka

const patienceMs = 3_000
const soon = { initialRetryTime: 100, maxRetryTime: 500, retries: 3 }

/** Within reason: a broker that does not answer is not waited for. */
const disconnect = async (client: { disconnect(): Promise<void> }): Promise<void> => {
  await Promise.race([client.disconnect().catch(() => undefined), sleep(patienceMs)])
}

const openAdmin = async (
  client: Clients,
  settings: KafkaBusSettings,
): Promise<{ admin: Admin; limitBytes: number }> => {
  const admin = client(soon).admin()
  try {
    await admin.connect()
    return { admin, limitBytes: await ensureTopic(admin, settings) }
  } catch (error) {
    await disconnect(admin)
    throw error instanceof OperatorError ? error : unreachable(settings.brokers, error)
  }
}

/** Connects when it is first needed: only the relay publishes. */
const lazyProducer = (client: Clients) => {
  const producer = client(soon).producer({
    createPartitioner:
      () =>
      ({ message }) =>
        message.partition ?? 0,
    allowAutoTopicCreation: false,
    idempotent: false,
    // With more, a batch that is sent again could land behind a later one.
    maxInFlightRequests: 1,
    retry: { retries: 1 },
  })
  let connecting: Promise<Producer> | undefined

  const connect = (): Promise<Producer> => {
    connecting ??= producer.connect().then(
      () => producer,
      (error: unknown) => {
        connecting = undefined
        throw error
      },
    )
    return connecting
  }
  return { connect, close: () => disconnect(producer) }
}

/**
 * The event bus on one Kafka topic, which is created if it is not there. Throws `OperatorError` when Kafka cannot be used now, or the topic is another.
 * Later it is retried for ever; consumers begin again by themselves.
 */
export const openKafkaBus = async (settings: KafkaBusSettings): Promise<EventBus> => {
  const { topic, partitions, publishTimeoutMs = 15_000 } = settings
  const client = createKafkaClients(settings)
  const { admin, limitBytes } = await openAdmin(client, settings)
  const producer = lazyProducer(client)
  const publish = createPublisher({
    connect: producer.connect,
    topic,
    partitions,
    limitBytes,
    timeoutMs: publishTimeoutMs,
  })
  const consumptions = new Set<Consumption>()
  let closing: Promise<void> | undefined

  const open = (): void => {
    if (closing !== undefined) throw new Error('The bus is closed')
  }

  const close = async (): Promise<void> => {
    await Promise.all([...consumptions].map((one) => one.close()))
    await Promise.all([producer.close(), disconnect(admin)])
  }

  return {
    partitions,
    publish: async (slices) => {
      open()
      await publish(slices)
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
