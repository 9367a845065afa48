import { setTimeout as sleep } from 'node:timers/promises'
import type { Consumer } from 'kafkajs'
import type { Holdings, PartitionOffset } from './holdings.ts'
import { isKafkaError } from './kafka-errors.ts'

export interface Committer {
  /** Commits what the holdings have taken since. Never rejects: what is not committed is handed over again. */
  commit(): Promise<void>
  /** As `commit`, but waits no longer than 3 s. */
  commitLast(): Promise<void>
  /** Rejects when it fails. */
  pin(places: readonly PartitionOffset[]): Promise<void>
}

const patienceMs = 3_000

/** The group has moved on. The new owner of the partition hands the slices over again. */
export const isOutrun = (error: unknown): boolean =>
  isKafkaError(error, 'REBALANCE_IN_PROGRESS', 'ILLEGAL_GENERATION', 'UNKNOWN_MEMBER_ID')

export const createCommitter = (
  consumer: Consumer,
  topic: string,
  holdings: Holdings,
  onError: (error: unknown) => void,
): Committer => {
  let committing: Promise<void> | undefined
  let stopped = false
  consumer.on(consumer.events.STOP, () => {
    stopped = true
  })

  const pin = (places: readonly PartitionOffset[]): Promise<void> =>
    consumer.commitOffsets(places.map(({ partition, offset }) => ({ topic, partition, offset: `${offset}` })))

  const commitMoved = async (): Promise<void> => {
    const places = holdings.moved()
    if (stopped || places.length === 0) return
    try {
      await pin(places)
      holdings.committed(places)
    } catch (error) {
      if (!stopped && !isOutrun(error)) onError(error)
    }
  }

  const commit = (): Promise<void> => {
    committing ??= commitMoved().finally(() => {
      committing = undefined
    })
    return committing
  }

  return {
    commit,
    commitLast: async () => {
      // The commit in progress lacks what was taken since it began.
      const all = commit().then(commit)
      await Promise.race([all, sleep(patienceMs)])
    },
    pin,
  }
}
