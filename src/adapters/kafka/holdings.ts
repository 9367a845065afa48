import type { KafkaMessage } from 'kafkajs'
import { type Hold, holdPartition } from '../../event-log/bus/partition-hold.ts'
import type { SliceConsumer } from '../../ports/event-bus.ts'
import { createPartitionQueue, type PartitionQueue } from './partition-queue.ts'

export interface PartitionOffset {
  readonly partition: number
  readonly offset: bigint
}

/** The partitions that a member of a group holds. */
export interface Holdings {
  /** `onRoom` is called when a partition that was `full` can be fetched again. */
  begin(partition: number, offset: bigint, onRoom: () => void): void
  /**
   * Takes what was fetched. `refused`: the partition is not held. `gap`: something is missing between the last
   * message and this one, and it was not added.
   */
  add(partition: number, messages: readonly KafkaMessage[]): 'added' | 'full' | 'refused' | 'gap'
  /** Offset behind the last message that was added. */
  end(partition: number): bigint
  /** Offsets that have moved since they were `committed`. */
  moved(): readonly PartitionOffset[]
  committed(places: readonly PartitionOffset[]): void
  places(): ReadonlyMap<number, bigint>
  /** Closes all consumers; the offsets stay. */
  release(): Promise<void>
  clear(): void
}

export interface HoldingsDeps {
  readonly open: (partition: number) => Promise<SliceConsumer>
  readonly onError: (error: unknown) => void
}

interface Holding {
  readonly inbox: PartitionQueue
  readonly hold: Hold
  readonly onRoom: () => void
  committed: bigint
  full: boolean
  /** Where a gap was found: if it is found there again, the messages are really gone. */
  gapAt: bigint | undefined
}

/** For one partition; twice as much may arrive. */
const fullBytes = 1024 * 1024

export const createHoldings = ({ open, onError }: HoldingsDeps): Holdings => {
  const held = new Map<number, Holding>()

  const makeRoom = (holding: Holding): void => {
    if (!holding.full || holding.inbox.bytes() > fullBytes / 2) return
    holding.full = false
    holding.onRoom()
  }

  const isGap = (holding: Holding, first: bigint): boolean => {
    const end = holding.inbox.end()
    if (first <= end || holding.gapAt === end) return false
    holding.gapAt = end
    return true
  }

  return {
    begin: (partition, offset, onRoom) => {
      const inbox = createPartitionQueue(partition, offset, onError)
      const taken = (): void => {
        inbox.taken()
        makeRoom(holding)
      }
      const hold = holdPartition(partition, { source: { next: inbox.next, taken }, open, onError })
      const holding: Holding = { inbox, hold, onRoom, committed: offset, full: false, gapAt: undefined }
      held.set(partition, holding)
    },
    add: (partition, messages) => {
      const holding = held.get(partition)
      const [first] = messages
      if (holding === undefined) return 'refused'
      if (first === undefined) return 'added'
      if (isGap(holding, BigInt(first.offset))) return 'gap'
      holding.inbox.add(messages)
      holding.full = holding.inbox.bytes() > fullBytes
      holding.hold.wake()
      return holding.full ? 'full' : 'added'
    },
    end: (partition) => held.get(partition)?.inbox.end() ?? 0n,
    moved: () =>
      [...held].flatMap(([partition, { inbox, committed }]) =>
        inbox.place() === committed ? [] : [{ partition, offset: inbox.place() }],
      ),
    committed: (places) => {
      for (const { partition, offset } of places) {
        const holding = held.get(partition)
        if (holding !== undefined) holding.committed = offset
      }
    },
    places: () =>
      new Map([...held].sort(([a], [b]) => a - b).map(([partition, { inbox }]) => [partition, inbox.place()])),
    release: async () => {
      await Promise.all([...held.values()].map(({ hold }) => hold.release()))
    },
    clear: () => held.clear(),
  }
}
