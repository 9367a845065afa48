import { setTimeout as sleep } from 'node:timers/promises'
import type { Admin, Kafka, RetryOptions } from 'kafkajs'
import type { ConsumeOptions, Consumption, SliceConsumer } from '../../ports/event-bus.ts'
import { createHoldings } from './holdings.ts'
import { liveAsMember } from './member.ts'
import type { Reconnecting } from './reconnecting.ts'

export interface ConsumptionDeps extends ConsumeOptions {
  readonly client: (retry: RetryOptions) => Kafka
  readonly admin: Reconnecting<Admin>
  readonly topic: string
  readonly groupId: string
  readonly open: (partition: number) => Promise<SliceConsumer>
}

const retryMs = 1_000

/** A member of the group, one life after the other, until it is closed. */
export const startConsumption = (deps: ConsumptionDeps): Consumption => {
  const { client, admin, topic, groupId, from, gatherMs, open, onError } = deps
  const holdings = createHoldings({ open, onError })
  const leave = new AbortController()

  const live = async (): Promise<void> => {
    // A client of its own, with its own memory of the group.
    const kafka = client({ initialRetryTime: 100, multiplier: 2, maxRetryTime: 1_000, retries: 5 })
    try {
      await liveAsMember({ kafka, admin, topic, groupId, from, gatherMs, holdings, onError }, leave.signal)
    } catch (error) {
      if (leave.signal.aborted) return
      onError(error)
      await sleep(retryMs, undefined, { signal: leave.signal }).catch(() => undefined)
    }
  }

  const run = async (): Promise<void> => {
    while (!leave.signal.aborted) await live()
  }
  const running = run()

  return {
    partitions: () => [...holdings.places().keys()],
    lag: async () => {
      const offsets = await admin.use((client) => client.fetchTopicOffsets(topic))
      const ends = new Map(offsets.map(({ partition, high }) => [partition, BigInt(high)]))
      const lagOf = (partition: number, place: bigint) => Number((ends.get(partition) ?? place) - place)
      return new Map([...holdings.places()].map(([partition, place]) => [partition, lagOf(partition, place)]))
    },
    close: async () => {
      leave.abort()
      await running
    },
  }
}
