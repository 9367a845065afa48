import type { EventLog, EventReader, Position } from '../ports/event-log.ts'

/** Position of the last durable event of each log, by index; undefined for a log that does not answer. */
export type Heads = readonly (Position | undefined)[]

/**
 * All event logs of an installation: one, or several that share the streams among them. A stream is in one log for
 * ever, and so are all streams of the same conversation. The guarantees of `event-log.ts` hold for each of them;
 * there is no order between logs.
 */
export interface EventLogs extends Pick<EventLog, 'append' | 'maxAppendSize' | 'readStream' | 'close'> {
  /** The epoch of the whole set: it changes as soon as a single log has another life. */
  readonly epoch: string
  /** As in `EventReader`: of all logs. */
  readonly keepsBodies?: true
  /** By index. Their positions are in their bands, see `positions.ts`, and they name the epoch of the set. */
  readonly logs: readonly EventLog[]
  /** Index of the log that a stream is in. */
  logOf(stream: string): number
  /**
   * Waits a limited time where there are several logs, so that one that is away does not hold up the others.
   * Rejects with a `LogError` when none of them answers.
   */
  heads(): Promise<Heads>
  /** Indexes of the logs that did not answer when they were last asked. */
  silent(): readonly number[]
}

/** The name of a log as clients read it. */
export const logName = (index: number): string => `log-${index}`

/** A single log as a set. */
export const onlyLog = (log: EventLog): EventLogs => ({
  epoch: log.epoch,
  ...(log.keepsBodies === true && { keepsBodies: true }),
  logs: [log],
  maxAppendSize: log.maxAppendSize,
  logOf: () => 0,
  append: (stream, events, expected) => log.append(stream, events, expected),
  readStream: (slice) => log.readStream(slice),
  heads: async () => [await log.head()],
  silent: () => [],
  close: () => log.close(),
})

/** Appends to streams and reads them, wherever they are. */
export type EventStreams = Pick<EventLogs, 'append' | 'maxAppendSize' | 'readStream' | 'keepsBodies'>

/** Reads streams, wherever they are. */
export type StreamReader = Pick<EventReader, 'readStream'>
