import type { Logger } from 'pino'
import type { RecordedEvent } from '../ports/event-log.ts'
import type { Metrics } from './metrics.ts'

/**
 * Where events pass on their way: the log has them, the bus has them, the views have them, gateways were told, a
 * gateway has them.
 */
export type Place = 'appended' | 'relayed' | 'folded' | 'sent' | 'received'

type Passing = Pick<RecordedEvent, 'stream' | 'revision' | 'at'>

/**
 * Records that events pass a place. Ages compare this machine's clock with that of the machine that took the
 * command.
 */
export type Passage = (place: Place, events: readonly Passing[]) => void

/**
 * Every process picks the same events, one in `every` of each stream, so that their lines about one event can be
 * put together.
 */
export const isTraced = ({ stream, revision }: Pick<Passing, 'stream' | 'revision'>, every: number): boolean =>
  (revision + (Number.parseInt(stream.slice(-4), 16) || 0)) % every === 0

export interface PassageDeps {
  readonly metrics: Pick<Metrics, 'eventAge'>
  readonly logger: Pick<Logger, 'info'>
  /** One event in this many is followed on its way: a line `trace` at each place. 0: none. */
  readonly traceEvery: number
}

/** Measures how old events are where they pass, and logs some of them one by one. */
export const createPassage = ({ metrics, logger, traceEvery }: PassageDeps): Passage => {
  const trace = (place: Place, { stream, revision, at }: Passing, now: number): void => {
    if (isTraced({ stream, revision }, traceEvery))
      logger.info({ place, stream, revision, at, ageMs: Math.max(0, now - at) }, 'trace')
  }
  return (place, events) => {
    const now = Date.now()
    for (const event of events) {
      metrics.eventAge.observe({ place }, Math.max(0, now - event.at) / 1000)
      if (traceEvery > 0) trace(place, event, now)
    }
  }
}
