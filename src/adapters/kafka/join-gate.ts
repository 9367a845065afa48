import { type PartitionAssigner, PartitionAssigners } from 'kafkajs'

/** Makes kafkajs begin the join anew after a while. */
const notYet = () =>
  Object.assign(new Error('Partitions are still being given back'), { type: 'REBALANCE_IN_PROGRESS' })

/**
 * kafkajs rejoins a group without waiting for anybody, and the group gives partitions to others as soon as all
 * members have joined. But it asks its assigner for the member's metadata before each join, so a member waits here
 * until it has released what it held.
 */
export const gatedAssigner =
  (mayJoin: () => boolean): PartitionAssigner =>
  (config) => {
    const assigner = PartitionAssigners.roundRobin(config)
    return {
      ...assigner,
      protocol: (subscription) => {
        if (!mayJoin()) throw notYet()
        return assigner.protocol(subscription)
      },
    }
  }
