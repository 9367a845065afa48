import { describe } from 'vitest'
import { engineUrl } from '../../support/engines/engine-url.ts'
import { openKafkaWorld } from '../../support/engines/kafka-world.ts'
import { eventBusContract } from './event-bus.suite.ts'

const brokers = await engineUrl('kafka')

describe.skipIf(brokers === undefined)(brokers === undefined ? 'No Kafka here: skipped' : 'With Kafka', () => {
  eventBusContract('Kafka', async (partitions) => {
    const world = await openKafkaWorld(brokers ?? '', partitions)
    return { partitions, connect: () => world.open(), dispose: world.dispose }
  })
})
