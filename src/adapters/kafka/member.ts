import { setTimeout as sleep } from 'node:timers/promises'
import type { Admin, Consumer, EachBatchPayload, Kafka } from 'kafkajs'
import { createAssignment } from './assignment.ts'
import { createCommitter } from './committer.ts'
import type { Holdings } from './holdings.ts'
import { gatedAssigner } from './join-gate.ts'
import { findPlaces } from './places.ts'
import { watchPulse } from './pulse.ts'
import type { Reconnecting } from './reconnecting.ts'

export interface MemberDeps {
  readonly kafka: Kafka
  readonly admin: Reconnecting<Admin>
  readonly topic: string
  readonly groupId: string
  readonly from: 'earliest' | 'latest'
  readonly gatherMs: number | undefined
  readonly holdings: Holdings
  readonly onError: (error: unknown) => void
}

const commitEveryMs = 500
const farewellMs = 3_000

/**
 * The group moves the partitions of a member that it does not hear for the session timeout, or that does not rejoin
 * within the rebalance timeout. Live events of a dead member's partitions wait for that, so it is the least that
 * brokers accept by default (`group.min.session.timeout.ms`).
 */
const sessionMs = 6_000
const rebalanceMs = 20_000
const times = {
  sessionTimeout: sessionMs,
  rebalanceTimeout: rebalanceMs,
  heartbeatInterval: 1_000,
}

/** How long a paused partition may have to wait for its next fetch, at most. */
const longestFetchMs = 250
const gatheredBytes = 1024 * 1024

/** A fetch is answered with the first message there is, or gathers for a while. */
const fetching = (gatherMs: number | undefined) =>
  gatherMs === undefined
    ? { maxWaitTimeInMs: longestFetchMs }
    : { maxWaitTimeInMs: Math.min(gatherMs, longestFetchMs), minBytes: gatheredBytes }

/** Long enough for any short interruption; after a longer one the pulse notices. */
const retry = {
  initialRetryTime: 100,
  multiplier: 2,
  maxRetryTime: 1_000,
  retries: 10,
  restartOnFailure: async () => false,
}

/**
 * Never waits for a consumer: the holdings do, for each partition. So heartbeats and the other partitions go on,
 * whatever one of them does.
 */
const dispatchBatch = (consumer: Consumer, holdings: Holdings, { batch, resolveOffset }: EachBatchPayload): void => {
  const { topic, partition, messages } = batch
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
 * One life as a member of the group: until `leave` is aborted, or Kafka has been silent for too long; then it
 * rejects, and another life can begin. Either way nothing is held any more when it ends.
 */
export const liveAsMember = async (deps: MemberDeps, leave: AbortSignal): Promise<void> => {
  const { kafka, admin, topic, groupId, from, gatherMs, holdings, onError } = deps
  const failed = Promise.withResolvers<never>()
  let ended = false

  const pulse = watchPulse({
    sessionMs,
    joinMs: rebalanceMs * 2,
    onSilence: () => failed.reject(new Error('Kafka did not answer for longer than a session lasts')),
  })
  const gate = gatedAssigner(() => {
    pulse.joining()
    return !ended && assignment.mayJoin()
  })
  const consumer = kafka.consumer({
    groupId,
    ...times,
    ...fetching(gatherMs),
    allowAutoTopicCreation: false,
    partitionAssigners: [gate],
    retry,
  })
  const committer = createCommitter(consumer, topic, holdings, onError)
  const places = () => findPlaces({ admin, topic, groupId, from })
  const assignment = createAssignment({ consumer, topic, holdings, committer, findPlaces: places, onError })

  consumer.on(consumer.events.CRASH, ({ payload }) => failed.reject(payload.error))
  consumer.on(consumer.events.HEARTBEAT, pulse.beat)
  consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
    pulse.joined()
    if (!ended && !leave.aborted) assignment.take(payload.memberAssignment[topic] ?? [])
  })

  const start = async (): Promise<void> => {
    await consumer.connect()
    // Only for offsets that the topic no longer has; one that never existed is committed before it counts.
    await consumer.subscribe({ topics: [topic], fromBeginning: true })
    const eachBatch = async (payload: EachBatchPayload): Promise<void> => {
      if (!ended && payload.isRunning() && !payload.isStale()) dispatchBatch(consumer, holdings, payload)
    }
    if (!ended) await consumer.run({ autoCommit: false, eachBatchAutoResolve: false, eachBatch })
  }

  const committing = setInterval(() => void committer.commit(), commitEveryMs)
  const starting = start()
  try {
    await Promise.race([Promise.all([starting, failed.promise]), failed.promise, aborted(leave)])
  } finally {
    pulse.stop()
    clearInterval(committing)
    ended = true
    await assignment.release()
    const farewell = starting.catch(() => undefined).then(() => consumer.disconnect())
    await Promise.race([farewell.catch(() => undefined), sleep(farewellMs)])
  }
}
