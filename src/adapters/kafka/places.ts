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
  /** The group has it from Kafka; otherwise it has to be committed now, lest another start finds another one. */
  readonly committed: boolean
}

/** What Kafka answers where a group has no place. */
const never = -1n

/** For each partition of the topic. A committed place that the topic does not have (any more) becomes its oldest message. */
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
