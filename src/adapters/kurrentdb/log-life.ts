import { randomUUID } from 'node:crypto'
import { type EventStoreDBClient, jsonEvent, NO_STREAM } from '@eventstore/db-client'
import { LogError, type Position } from '../../ports/event-log.ts'
import { OperatorError } from '../../ports/operator-error.ts'
import { type Calls, withTimeout } from './calls.ts'
import { collect } from './collect.ts'
import { positionOf, type ServerEvent } from './event-format.ts'

export interface Life {
  readonly epoch: string
  /** Before the log's first event. */
  readonly origin: Position
}

const requiresLeader = true

const epochOf = ({ data, streamId }: ServerEvent): string => {
  const epoch = typeof data === 'object' && data !== null && 'epoch' in data ? data.epoch : undefined
  if (typeof epoch === 'string') return epoch
  throw new OperatorError(`BACKSCROLL_KURRENTDB_URL: the stream ${streamId} of this server is not of Backscroll`)
}

const originOf = (event: ServerEvent): Position => {
  const position = positionOf(event)
  if (position !== undefined) return position
  throw new OperatorError(
    'BACKSCROLL_KURRENTDB_URL: this server is older than EventStoreDB 22.6, it tells no positions',
  )
}

/**
 * Reads the epoch from the stream that holds it; the first process to ask begins the log. What was appended to the stream last counts,
 * so that a restored log can be given a new one.
 */
export const openLife = async (client: EventStoreDBClient, stream: string, calls: Calls): Promise<Life> => {
  const { retry, attemptMs } = calls
  const read = () => retry(() => collect(client.readStream(stream, { maxCount: 1000, requiresLeader }), attemptMs))

  const begin = async (): Promise<void> => {
    const event = jsonEvent({ type: 'EpochBegun', data: { epoch: randomUUID() } })
    const options = { expectedRevision: NO_STREAM, requiresLeader, deadline: attemptMs } as const
    try {
      await retry(() => withTimeout(client.appendToStream(stream, event, options), attemptMs))
    } catch (error) {
      // Another process was first.
      if (!(error instanceof LogError && error.code === 'wrong_expected_revision')) throw error
    }
  }

  const found = await read()
  if (found.length === 0) await begin()
  const events = found.length === 0 ? await read() : found
  const [first, last] = [events[0], events.at(-1)]
  if (first === undefined || last === undefined)
    throw new LogError('log_unavailable', `What was appended to ${stream} cannot be read`)
  return { epoch: epochOf(last), origin: originOf(first) }
}
