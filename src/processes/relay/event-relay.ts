import { setTimeout as sleep } from 'node:timers/promises'
import type { BusSlice, EventBus } from '../../ports/event-bus.ts'
import type { EventReader, Position, RecordedEvent } from '../../ports/event-log.ts'
import type { Checkpoints } from '../reactions/process-manager.ts'

export interface RelayDeps {
  readonly log: Pick<EventReader, 'epoch' | 'subscribe'>
  readonly bus: Pick<EventBus, 'partitions' | 'publish'>
  readonly checkpoints: Checkpoints
  /** The name of the checkpoint. */
  readonly name: string
  /** Counted over the partitions of this bus. */
  readonly partitionOf: (stream: string) => number
  /** Milliseconds of a monotonic clock. */
  readonly now: () => number
  /** The bus or the checkpoint store refused something; it is tried again. */
  readonly onError: (error: unknown) => void
  /** Events that the bus took. */
  readonly onRelayed?: (events: readonly RecordedEvent[]) => void
}

export interface Relay {
  /** Rejects when it cannot go on: the log's subscription has ended. */
  readonly done: Promise<void>
  close(): Promise<void>
}

/** How long a partition without events waits for a mark while others have some. */
const markAfterMs = 100
/**
 * How often every partition gets a mark when nothing happens: a consumer that has just started learns where it
 * stands.
 */
const idleMarkMs = 1_000
const saveEveryMs = 1_000
const retryMs = { first: 50, most: 5_000 }

/**
 * Carries the log's order to the bus, partition by partition: at least once, in order. After a crash, or by a
 * successor, what was published since the last saved checkpoint is published again; consumers see by `after` and
 * `upTo` what they have.
 */
export const startRelay = async (deps: RelayDeps): Promise<Relay> => {
  const { log, bus, checkpoints, name, partitionOf, now, onError, onRelayed } = deps
  const stored = await checkpoints.checkpoint(name)
  const from = stored?.epoch === log.epoch ? stored.position : 0n
  const sent: Position[] = Array.from({ length: bus.partitions }, () => from)
  const sentAt: number[] = sent.map(() => Number.NEGATIVE_INFINITY)
  const closing = new AbortController()
  let position = from
  let saved = from
  let savedAt = now()
  let publishing: Promise<void> = Promise.resolve()

  /** False when it was closed before the bus took them. */
  const publishUntilTaken = async (slices: readonly BusSlice[]): Promise<boolean> => {
    for (let delay = retryMs.first; !closing.signal.aborted; delay = Math.min(delay * 2, retryMs.most)) {
      try {
        await bus.publish(slices)
        return true
      } catch (error) {
        onError(error)
        await sleep(delay, undefined, { signal: closing.signal }).catch(() => undefined)
      }
    }
    return false
  }

  const publish = async (slices: readonly BusSlice[]): Promise<boolean> => {
    if (slices.length === 0) return true
    if (!(await publishUntilTaken(slices))) return false
    const at = now()
    for (const { partition, upTo } of slices) {
      sent[partition] = upTo
      sentAt[partition] = at
    }
    return true
  }

  const save = async (): Promise<void> => {
    if (position === saved) return
    savedAt = now()
    const reached = position
    await checkpoints.saveCheckpoint(name, { epoch: log.epoch, position: reached })
    saved = reached
  }

  const sliceOf = (partition: number, upTo: Position, events: readonly RecordedEvent[]): BusSlice => ({
    partition,
    after: sent[partition] ?? from,
    upTo,
    events,
  })

  const slicesOf = (events: readonly RecordedEvent[], upTo: Position): readonly BusSlice[] => {
    const byPartition = Map.groupBy(events, ({ stream }) => partitionOf(stream))
    const markBefore = now() - markAfterMs
    return sent.flatMap((_, partition) => {
      const own = byPartition.get(partition)
      if (own !== undefined) return [sliceOf(partition, upTo, own)]
      return (sentAt[partition] ?? 0) <= markBefore ? [sliceOf(partition, upTo, [])] : []
    })
  }

  const relay = async (events: readonly RecordedEvent[]): Promise<void> => {
    const last = events.at(-1)
    if (last === undefined || !(await publish(slicesOf(events, last.position)))) return
    position = last.position
    onRelayed?.(events)
    if (now() - savedAt >= saveEveryMs) await save().catch(onError)
  }

  /** One publication at a time, so that a mark never overtakes the events before it. */
  const inTurn = (work: () => Promise<unknown>): Promise<void> => {
    publishing = publishing.then(work).then(() => undefined)
    return publishing
  }

  const mark = async (): Promise<void> => {
    const at = now()
    const due = sent.flatMap((upTo, partition) => {
      const age = at - (sentAt[partition] ?? 0)
      return age >= idleMarkMs || (upTo < position && age >= markAfterMs) ? [sliceOf(partition, position, [])] : []
    })
    await publish(due)
    if (at - savedAt >= saveEveryMs) await save().catch(onError)
  }

  let marking = false
  const markInTurn = (): void => {
    if (marking) return
    marking = true
    void inTurn(mark).finally(() => {
      marking = false
    })
  }
  const timer = setInterval(markInTurn, markAfterMs)
  const subscription = log.subscribe(from, (events) => inTurn(() => relay(events)))

  return {
    done: subscription.done,
    close: async () => {
      clearInterval(timer)
      closing.abort()
      await subscription.close()
      await publishing
      await save().catch(onError)
    },
  }
}
