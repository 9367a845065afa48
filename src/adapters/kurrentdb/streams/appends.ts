import {
  type AppendExpectedRevision,
  type AppendResult,
  NO_STREAM,
  WrongExpectedVersionError,
} from '@eventstore/db-client'
import type { Appended, ExpectedRevision, NewEvent } from '../../../ports/event-log.ts'
import { type Calls, withTimeout } from '../connection/calls.ts'
import type { Connection } from '../connection/connect.ts'
import { actualRevision, conflict } from '../connection/failures.ts'
import { createInFlight } from '../connection/in-flight.ts'
import { toEventData } from '../kurrent-columns.ts'
import type { Reads } from './reads.ts'
import type { StreamNames } from './stream-names.ts'

/** The revision before the first one of a stream. */
const none = -1

/** Appends that wait for no other one of their stream. Every attempt has an explicit revision, so it may be repeated. */
export const createAppends = (appending: Connection['appending'], names: StreamNames, reads: Reads, calls: Calls) => {
  const inFlight = createInFlight()

  /** Where exactly `events`, by id, stand from revision `first` on; undefined where they do not. */
  const found = async (stream: string, events: readonly NewEvent[], first: number): Promise<Appended | undefined> => {
    const there = await reads.stream(stream, first, 'forwards', events.length)
    const [begin, end] = [there[0], there.at(-1)]
    const same = there.length === events.length && there.every(({ id }, index) => id === events[index]?.id)
    return same && begin !== undefined && end !== undefined
      ? { firstRevision: begin.revision, position: end.position }
      : undefined
  }

  /**
   * The server answers with the last event's revision, which is not the expected one in a stream that was deleted, and
   * mostly with its position.
   */
  const answered = async (stream: string, events: readonly NewEvent[], result: AppendResult): Promise<Appended> => {
    const firstRevision = Number(result.nextExpectedRevision) - events.length + 1
    if (result.position !== undefined) return { firstRevision, position: result.position.commit }
    const appended = await found(stream, events, firstRevision)
    if (appended === undefined) throw new Error('What was appended cannot be read yet')
    return appended
  }

  /** After a lost answer the events may stand there already. */
  const repeated = async (stream: string, events: readonly NewEvent[], first: number, actual: number) => {
    const appended = actual < first + events.length - 1 ? undefined : await found(stream, events, first)
    if (appended === undefined) throw conflict(actual)
    return appended
  }

  /** Appends after revision `expected`, -1 for a stream that must not exist. */
  const appendAt = async (stream: string, events: readonly NewEvent[], expected: number): Promise<Appended> => {
    const data = events.map((event) => toEventData(stream, event))
    const expectedRevision: AppendExpectedRevision = expected < 0 ? NO_STREAM : BigInt(expected)
    const options = { expectedRevision, deadline: calls.attemptMs, requiresLeader: true }
    const size = events.reduce((total, { data: text, body }) => total + text.length + (body?.length ?? 0), 0)
    const send = () =>
      withTimeout(appending(stream).appendToStream(names.onServer(stream), data, options), calls.attemptMs)
    const attempt = async (): Promise<Appended> => {
      try {
        const result = await inFlight.run(size, send)
        return await answered(stream, events, result)
      } catch (error) {
        if (!(error instanceof WrongExpectedVersionError)) throw error
        return repeated(stream, events, expected + 1, actualRevision(error))
      }
    }
    return calls.retry(attempt)
  }

  return (stream: string, events: readonly NewEvent[], expected: ExpectedRevision): Promise<Appended> =>
    appendAt(stream, events, expected === 'no_stream' ? none : expected)
}
