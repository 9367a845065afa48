import { setTimeout as sleep } from 'node:timers/promises'
import type { Admin, Consumer, EachBatchPayload, Kafka } from 'kafkajs'
import { type Assignment, createAssignment } from './assignment.ts'
import { createCommitter } from './committer.ts'
import type { Holdings } from './holdings.ts'
import { gatedAssigner } from './join-gate.ts'
import { findPlaces } from './places.ts'

export interface MemberDeps {
  readonly kafka: Kafka
  readonly admin: Admin
  readonly topic: string
  readonly groupId: string
  readonly from: 'earliest' | 'latest'
  readonly holdings: Holdings
  readonly onError: (error: unknown) => void
}

const commitEveryMs = 500
const farewellMs = 3_000

/** The group moves the partitions of a member that it does not hear of for the session's time, or that does not join again within the rebalance's. */
const times = { sessionTimeout: 10_000, rebalanceTimeout: 20_000, heartbeatInterval: 1_000, maxWaitTimeInMs: 250 }

const retry = { initialRetryTime: 100, maxRetryTime: 1_000, retries: 30, restartOnFailure: async () => false }

/**
 * Never waits for a consumer: the holdings do, each partition for itself. So heartbeats and the other partitions go on, whatever one of them does.
 */
const handOver =
  (consumer: Consumer, holdings: Holdings) =>
  async ({ batch, resolveOffset, isRunning, isStale }: EachBatchPayload): Promise<void> => {
    const { topic, partition, messages } = batch
    if (!isRunning() || isStale()) return
    const outcome = holdings.add(partition, messages)
    if (outcome === 'gap') consumer.seek({ topic, partition, offset: `${holdings.end(partition)}` })
    if (outcome === 'full') consumer.pause([{ topic, partitions: [partition] }])
    if (outcome === 'full' || outcome === 'added') resolveOffset(batch.lastOffset())
  }

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve()
    signal.addEventListener('abort', () => resolve(), { once: true })
  })

/**
 * One life as a member of the group: until `leave` is aborted, or kafkajs gives up; then it rejects, and another life can begin. Either way nothing is
 * held any more when it ends.
 */
export const liveAsMember = async (deps: MemberDeps, leave: AbortSignal): Promise<void> => {
  const { kafka, admin, topic, groupId, from, holdings, onError } = deps
  let assignment: Assignment | undefined
  const gate = gatedAssigner(() => assignment?.mayJoin() ?? true)
  const consumer = kafka.consumer({
    groupId,
    ...times,
    allowAutoTopicCreation: false,
    partitionAssigners: [gate],
    retry,
  })
  const committer = createCommitter(consumer, topic, holdings, onError)
  const own = createAssignment({
    consumer,
    topic,
    holdings,
    committer,
    findPlaces: () => findPlaces({ admin, topic, groupId, from }),
    onError,
  })
  assignment = own

  const crashed = Promise.withResolvers<never>()
  consumer.on(consumer.events.CRASH, ({ payload }) => crashed.reject(payload.error))
  consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
    if (!leave.aborted) own.take(payload.memberAssignment[topic] ?? [])
  })

  const start = async (): Promise<void> => {
    await consumer.connect()
    // Only for places that the topic has no more; one that never was is committed before it counts.
    await consumer.subscribe({ topics: [topic], fromBeginning: true })
    const eachBatch = handOver(consumer, holdings)
    await consumer.run({ autoCommit: false, eachBatchAutoResolve: false, eachBatch })
  }

  const timer = setInterval(() => void committer.commit(), commitEveryMs)
  const starting = start()
  try {
    await Promise.race([Promise.all([starting, crashed.promise]), aborted(leave)])
  } finally {
    clearInterval(timer)
    await own.release()
    const farewell = starting.catch(() => undefined).then(() => consumer.disconnect())
    await Promise.race([farewell.catch(() => undefined), sleep(farewellMs)])
  }
}
