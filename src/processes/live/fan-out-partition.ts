import type { LogPages } from '../../event-log/reading/log-pages.ts'
import type { Delta, DeltaSink, ReceiptsDelta } from '../../ports/deltas.ts'
import type { BusSlice, SliceConsumer } from '../../ports/event-bus.ts'
import type { EventReader, Position, RecordedEvent } from '../../ports/event-log.ts'
import { createFanOut, type FanOut } from '../../projections/fan-out/create-fan-out.ts'
import type { LoadRosterAt } from '../../projections/fan-out/load-roster.ts'
import { createPartitionFeed } from '../../projections/partitions/partition-feed.ts'
import { createPartitionScan } from '../../projections/partitions/partition-scan.ts'
import type { LiveSender } from './live-sender.ts'

/** Decides which users are told what happens. */
type Sender = Pick<LiveSender, 'send'>

export interface FanOutPartitionDeps<To extends Sender> {
  readonly log: Pick<EventReader, 'epoch' | 'head' | 'readStream'>
  readonly pages: LogPages
  readonly belongs: (stream: string) => boolean
  readonly loadRosterAt: LoadRosterAt
  readonly maxRosters: number
  /** Opens the bodies of events as they came over the bus. Absent: bodies are passed on sealed, or not looked at. */
  readonly openBodies?: (events: readonly RecordedEvent[]) => Promise<readonly RecordedEvent[]>
  /** Makes the sender, from this position on. When its `send` rejects, the slice counts as not taken. */
  readonly openSender: (from: Position) => Promise<To>
}

export interface FanOutPartition<To extends Sender = LiveSender> extends SliceConsumer {
  /** Undefined before the first slice. */
  sender(): To | undefined
}

/** The deltas of one slice. */
const createTray = () => {
  let deltas: Delta[] = []
  let receipts: ReceiptsDelta[] = []
  const sink: DeltaSink = {
    events: (more) => void deltas.push(...more),
    receipts: (more) => void receipts.push(...more),
  }
  const empty = () => {
    const content = { deltas, receipts }
    deltas = []
    receipts = []
    return content
  }
  return { sink, empty }
}

/**
 * The live events of one partition, as long as this process holds it. Begins at the first slice that it gets:
 * earlier events were sent by its predecessor, or devices find them when they sync.
 */
export const openFanOutPartition = <To extends Sender>(deps: FanOutPartitionDeps<To>): FanOutPartition<To> => {
  const { log, pages, belongs, loadRosterAt, maxRosters, openSender } = deps
  const { openBodies = async (events) => events } = deps
  const feed = createPartitionFeed({ log, scan: createPartitionScan(pages, belongs) })
  const tray = createTray()
  let fanOut: FanOut | undefined
  let sender: To | undefined

  const withBodies = async (delta: Delta): Promise<Delta> => ({ ...delta, events: await openBodies(delta.events) })

  const begin = async (from: Position): Promise<To> => {
    fanOut = createFanOut({ log: feed.reader, loadRosterAt, sink: tray.sink, from, maxRosters })
    fanOut.done.catch(() => {})
    sender = await openSender(from)
    return sender
  }

  return {
    take: async (slice: BusSlice) => {
      const to = sender ?? (await begin(slice.after))
      const upTo = await feed.take(slice)
      const { deltas, receipts } = tray.empty()
      await to.send(upTo, await Promise.all(deltas.map(withBodies)), receipts)
    },
    close: async () => {
      await feed.close()
      await fanOut?.close()
    },
    sender: () => sender,
  }
}
