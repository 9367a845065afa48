import { setTimeout as sleep } from 'node:timers/promises'
import type { Consumer } from 'kafkajs'
import { type Committer, isOutrun } from './committer.ts'
import type { Holdings } from './holdings.ts'
import type { Place } from './places.ts'

export interface AssignmentDeps {
  readonly consumer: Consumer
  readonly topic: string
  readonly holdings: Holdings
  readonly committer: Committer
  readonly findPlaces: () => Promise<ReadonlyMap<number, Place>>
  readonly onError: (error: unknown) => void
}

/** What the group has assigned to this member, and takes away again. */
export interface Assignment {
  /** Resolves when nothing is held; begins to release otherwise. */
  mayJoin(): boolean
  /** The member has joined and got these. */
  take(partitions: readonly number[]): void
  /** Resolves when nothing is written any more and the offsets are committed. */
  release(): Promise<void>
}

const retryMs = 200

export const createAssignment = (deps: AssignmentDeps): Assignment => {
  const { consumer, topic, holdings, committer, findPlaces, onError } = deps
  /** Grows whenever partitions come or go; work that began under another number is outdated. */
  let turn = 0
  let releasing: Promise<void> | undefined

  const releaseAndCommit = async (): Promise<void> => {
    await holdings.release()
    await committer.commitLast()
    holdings.clear()
  }

  const release = (): Promise<void> => {
    turn += 1
    releasing ??= releaseAndCommit().finally(() => {
      releasing = undefined
    })
    return releasing
  }

  const resume = (partitions: readonly number[]): void => {
    try {
      consumer.resume([{ topic, partitions: [...partitions] }])
    } catch {
      // The consumer has ended, and with it everything that was paused.
    }
  }

  /** Fetched offsets. The new ones are committed before anything is handed over. */
  const begin = async (partitions: readonly number[], mine: number): Promise<void> => {
    const places = await findPlaces()
    const own = partitions.map((partition) => ({ partition, ...(places.get(partition) ?? missing(partition)) }))
    const pins = own.filter(({ committed }) => !committed)
    if (mine === turn && pins.length > 0) await committer.pin(pins)
    if (mine !== turn) return
    for (const { partition, offset } of own) consumer.seek({ topic, partition, offset: `${offset}` })
    for (const { partition, offset } of own) holdings.begin(partition, offset, () => resume([partition]))
    resume(partitions)
  }

  const beginUntilDone = async (partitions: readonly number[], mine: number): Promise<void> => {
    while (mine === turn) {
      try {
        return await begin(partitions, mine)
      } catch (error) {
        if (mine === turn && !isOutrun(error)) onError(error)
        await sleep(retryMs)
      }
    }
  }

  return {
    mayJoin: () => {
      turn += 1
      if (releasing === undefined && holdings.places().size === 0) return true
      void release()
      return false
    },
    take: (partitions) => {
      turn += 1
      consumer.pause([{ topic, partitions: [...partitions] }])
      void beginUntilDone(partitions, turn)
    },
    release,
  }
}

const missing = (partition: number): never => {
  throw new Error(`Kafka does not say where partition ${partition} begins`)
}
