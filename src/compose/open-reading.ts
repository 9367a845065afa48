import { stallMs } from '../api/http/paced-reads.ts'
import type { Config } from '../config/config.ts'
import { createFairQueue, type FairQueue, readLine } from '../edge/egress/fair-queue.ts'
import { createTimeSlices, type TimeSlices } from '../edge/egress/time-slices.ts'
import { createUnread, type Unread } from '../edge/egress/unread-bytes.ts'
import type { Metrics } from '../observability/metrics.ts'

export interface Reading {
  readonly reads: FairQueue
  readonly unread: Unread
  readonly slices: TimeSlices
}

/** How much of each round of the event loop reading may take, in milliseconds. */
const sliceMs = 5
/** How many pages of one user at a time, over sockets and requests. */
const placesOfUser = 2

/** Limits everything on its way out of a process, over sockets and HTTP. */
export const createReading = ({ reading }: Config, metrics: Metrics): Reading => {
  const slices = createTimeSlices({ sliceMs, now: () => performance.now() })
  const reads = createFairQueue({ places: reading.atOnce, placesOfUser, ...readLine, turn: slices.turn })
  const unread = createUnread({
    maxOfUser: reading.maxUserBytes,
    max: reading.maxBytes,
    stallMs,
    now: () => performance.now(),
    onDropped: () => metrics.droppedReaders.inc(),
  })
  metrics.watchReading(() => ({ unread: unread.total(), waiting: reads.waiting() }))
  return { reads, unread, slices }
}
