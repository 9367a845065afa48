import type { Admin } from 'kafkajs'
import type { Reconnecting } from './reconnecting.ts'

export interface PlacesDeps {
  readonly admin: Reconnecting<Admin>
  readonly topic: string
  readonly groupId: string
  readonly from: 'earliest' | 'latest'
}

/** Where a member begins in a partition. */
export interface Place {
  readonly offset: bigint
  /** Kafka has it for the group. Otherwise it has to be committed now, or another start would find another one. */
  readonly committed: boolean
}

/** Kafka's answer where a group has no offset. */
const never = -1n

/**
 * For each partition of the topic. A committed offset that the topic does not have (any more) becomes its oldest
 * message.
 */
export const findPlaces = async (deps: PlacesDeps): Promise<ReadonlyMap<number, Place>> => {
  const { admin, topic, groupId, from } = deps
  const ends = await admin.use((client) => client.fetchTopicOffsets(topic))
  const [group] = await admin.use((client) => client.fetchOffsets({ groupId, topics: [topic] }))
  const committed = new Map(group?.partitions.map(({ partition, offset }) => [partition, BigInt(offset)]))
  const placeOf = (low: bigint, high: bigint, offset: bigint): Place => {
    if (offset >= low && offset <= high) return { offset, committed: true }
    return { offset: offset === never && from === 'latest' ? high : low, committed: false }
  }
  return new Map(
    ends.map(({ partition, low, high }) => [
      partition,
      placeOf(BigInt(low), BigInt(high), committed.get(partition) ?? never),
    ]),
  )
}
