import { randomUUID } from 'node:crypto'
import { type Admin, Kafka, logLevel } from 'kafkajs'
import { type KafkaBusSettings, openKafkaBus } from '../../../src/adapters/kafka/kafka-bus.ts'
import type { EventBus } from '../../../src/ports/event-bus.ts'

/** A topic of a test's own on a Kafka that others use at the same time. */
export interface KafkaWorld {
  readonly topic: string
  readonly kafka: Kafka
  readonly admin: Admin
  /** What the buses logged. */
  readonly warnings: string[]
  open(more?: Partial<KafkaBusSettings>): Promise<EventBus>
  /** Closes the buses and deletes the topic. */
  dispose(): Promise<void>
}

export const openKafkaWorld = async (brokers: string, partitions: number): Promise<KafkaWorld> => {
  const topic = `test-${randomUUID()}`
  const kafka = new Kafka({ clientId: 'test', brokers: brokers.split(','), logLevel: logLevel.NOTHING })
  const admin = kafka.admin()
  await admin.connect()
  const warnings: string[] = []
  const opened: EventBus[] = []
  const logger = { warn: (_: object, message: string) => void warnings.push(message) }

  return {
    topic,
    kafka,
    admin,
    warnings,
    open: async (more) => {
      const bus = await openKafkaBus({
        brokers: brokers.split(','),
        topic,
        partitions,
        replicationFactor: 1,
        logger,
        ...more,
      })
      opened.push(bus)
      return bus
    },
    dispose: async () => {
      await Promise.all(opened.map((bus) => bus.close()))
      if ((await admin.listTopics()).includes(topic)) await admin.deleteTopics({ topics: [topic] })
      await admin.disconnect()
    },
  }
}
