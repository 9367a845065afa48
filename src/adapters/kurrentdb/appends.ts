import {
  type AppendExpectedRevision,
  type AppendResult,
  type EventStoreDBClient,
  NO_STREAM,
  WrongExpectedVersionError,
} from '@eventstore/db-client'
import type { Appended, ExpectedRevision, NewEvent, Position } from '../../ports/event-log.ts'
import { LogError } from '../../ports/event-log.ts'
import { type Calls, withTimeout } from './calls.ts'
import { toEventData } from './event-format.ts'
import { actualRevision, conflict } from './failures.ts'
import { createInFlight } from './in-flight.ts'
import type { Reads } from './reads.ts'
import type { StreamNames } from './stream-names.ts'

/** The revision before the first one of a stream. */
const none = -1

/** Appends that wait for no other one of their stream. Every attempt has an explicit revision, so it may be repeated. */
export const createAppends = (client: EventStoreDBClient, names: StreamNames, reads: Reads, calls: Calls) => {
  const inFlight = createInFlight()

  const lastRevision = async (stream: string): Promise<number> => {
    const [last] = await reads.stream(stream, undefined, 'backwards', 1)
    return last?.revision ?? none
  }

  /** The position of the last of `events`, if exactly they, by id, stand from revision `first` on; otherwise undefined. */
  const positionOf = async (stream: string, events: readonly NewEvent[], first: number) => {
    const there = await reads.stream(stream, first, 'forwards', events.length)
    const same = there.length === events.length && there.every(({ id }, index) => id === events[index]?.id)
    return same ? there.at(-1)?.position : undefined
  }

  /** The server answers with the position of the last event, but not always. */
  const answered = async (stream: string, events: readonly NewEvent[], first: number, result: AppendResult) => {
    const position = result.position?.commit ?? (await positionOf(stream, events, first))
    if (position === undefined) throw new Error('What was appended cannot be read yet')
    return position
  }

  /** After a lost answer the events may stand there already. */
  const repeated = async (stream: string, events: readonly NewEvent[], first: number, actual: number) => {
    const position = actual < first + events.length - 1 ? undefined : await positionOf(stream, events, first)
    if (position === undefined) throw conflict(actual)
    return position
  }

  /** Appends after revision `expected`, -1 for a stream that must not exist. */
  const appendAt = async (stream: string, events: readonly NewEvent[], expected: number): Promise<Appended> => {
    const data = events.map((event) => toEventData(stream, event))
    const expectedRevision: AppendExpectedRevision = expected < 0 ? NO_STREAM : BigInt(expected)
    const options = { expectedRevision, deadline: calls.attemptMs, requiresLeader: true }
    const firstRevision = expected + 1
    const size = events.reduce((total, { data: text, body }) => total + text.length + (body?.length ?? 0), 0)
    const send = () => withTimeout(client.appendToStream(names.onServer(stream), data, options), calls.attemptMs)
    const attempt = async (): Promise<Position> => {
      try {
        const result = await inFlight.run(size, send)
        return await answered(stream, events, firstRevision, result)
      } catch (error) {
        if (!(error instanceof WrongExpectedVersionError)) throw error
        return repeated(stream, events, firstRevision, actualRevision(error))
      }
    }
    return { firstRevision, position: await calls.retry(attempt) }
  }

  const isConflict = (error: unknown): boolean => error instanceof LogError && error.code === 'wrong_expected_revision'

  const appendAtEnd = async (stream: string, events: readonly NewEvent[], mustExist: boolean): Promise<Appended> => {
    for (;;) {
      const last = await lastRevision(stream)
      if (mustExist && last === none) throw conflict(last)
      try {
        return await appendAt(stream, events, last)
      } catch (error) {
        // Another process was first.
        if (!isConflict(error)) throw error
      }
    }
  }

  return (stream: string, events: readonly NewEvent[], expected: ExpectedRevision): Promise<Appended> => {
    if (expected === 'any' || expected === 'stream_exists')
      return appendAtEnd(stream, events, expected === 'stream_exists')
    return appendAt(stream, events, expected === 'no_stream' ? none : expected)
  }
}
