import { BACKWARDS, END, type EventStoreDBClient, FORWARDS, START } from '@eventstore/db-client'
import { createSliceSize } from '../../../event-log/reading/slice-size.ts'
import type { Position, RecordedEvent } from '../../../ports/event-log.ts'
import type { Calls } from '../connection/calls.ts'
import { positionOf, type ServerEvent, toRecordedEvent } from '../kurrent-columns.ts'
import { collect } from './collect.ts'
import type { StreamNames } from './stream-names.ts'

/** Part of the order of all streams, those of others included. */
export interface Page {
  /** The events of this log. */
  readonly events: readonly RecordedEvent[]
  /** How many events were read, of whomever, and where the last one of them stands. */
  readonly count: number
  readonly end: Position
}

/** The server's two kinds of reads, each as one call that is repeated until it is answered. */
export interface Reads {
  /** Events of a stream from a revision on; when it is undefined, forwards from the first event, backwards from the last. */
  stream(
    stream: string,
    from: number | undefined,
    direction: 'forwards' | 'backwards',
    limit: number,
    maxBytes?: number,
  ): Promise<readonly RecordedEvent[]>
  /** Events of all streams, oldest first, from the event at `from` on. */
  allFrom(from: Position, limit: number): Promise<Page>
  /** The same, of whomever they are. */
  eventsFrom(from: Position, limit: number): Promise<readonly ServerEvent[]>
  /** Events of all streams, newest first, from the event before `below` or from the end. */
  allBelow(below: Position | undefined, limit: number): Promise<Page>
}

/** What was acknowledged must be there: another node than the leader may not have it yet. */
const requiresLeader = true

const at = (position: Position) => ({ commit: position, prepare: position })

export const createReads = (client: EventStoreDBClient, names: StreamNames, calls: Calls): Reads => {
  const { retry, attemptMs } = calls
  const recorded = (events: readonly ServerEvent[]): RecordedEvent[] =>
    events.map((event) => toRecordedEvent(names, event)).filter((event) => event !== undefined)

  const goesOn = (maxBytes: number | undefined) => {
    if (maxBytes === undefined) return undefined
    const fits = createSliceSize(maxBytes)
    return (event: ServerEvent): boolean => {
      const found = toRecordedEvent(names, event)
      return found === undefined || fits(found)
    }
  }

  const pageOf = (events: readonly ServerEvent[]): Page => {
    const last = events.at(-1)
    const end = (last === undefined ? undefined : positionOf(last)) ?? 0n
    return { events: recorded(events), count: events.length, end }
  }

  const eventsFrom = (from: Position, maxCount: number): Promise<readonly ServerEvent[]> => {
    const options = { fromPosition: at(from), direction: FORWARDS, maxCount, requiresLeader } as const
    return retry(() => collect(client.readAll(options), attemptMs))
  }

  return {
    eventsFrom,
    async stream(stream, from, direction, maxCount, maxBytes) {
      const name = names.onServer(stream)
      const end = direction === FORWARDS ? START : END
      const fromRevision = from === undefined ? end : BigInt(from)
      const read = () => client.readStream(name, { fromRevision, direction, maxCount, requiresLeader })
      return recorded(await retry(() => collect(read(), attemptMs, goesOn(maxBytes))))
    },
    allFrom: async (from, limit) => pageOf(await eventsFrom(from, limit)),
    async allBelow(below, maxCount) {
      const fromPosition = below === undefined ? END : at(below)
      const options = { fromPosition, direction: BACKWARDS, maxCount, requiresLeader } as const
      return pageOf(await retry(() => collect(client.readAll(options), attemptMs)))
    },
  }
}
