import { randomUUID } from 'node:crypto'
import { type AppendExpectedRevision, type EventStoreDBClient, jsonEvent, NO_STREAM } from '@eventstore/db-client'
import { LogError } from '../../ports/errors/log-error.ts'
import { OperatorError } from '../../ports/errors/operator-error.ts'
import type { Position } from '../../ports/event-log.ts'
import { type Calls, withTimeout } from './connection/calls.ts'
import { positionOf, type ServerEvent } from './kurrent-columns.ts'
import { collect } from './streams/collect.ts'

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

const createEpochStream = (client: EventStoreDBClient, stream: string, { retry, attemptMs }: Calls) => ({
  read: () => retry(() => collect(client.readStream(stream, { maxCount: 1000, requiresLeader }), attemptMs)),
  /** False when another process was first, or when an answer was lost. */
  append: async (epoch: string, expectedRevision: AppendExpectedRevision): Promise<boolean> => {
    const event = jsonEvent({ type: 'EpochBegun', data: { epoch } })
    const options = { expectedRevision, requiresLeader, deadline: attemptMs }
    try {
      await retry(() => withTimeout(client.appendToStream(stream, event, options), attemptMs))
      return true
    } catch (error) {
      if (error instanceof LogError && error.code === 'wrong_expected_revision') return false
      throw error
    }
  },
})

const unreadable = (stream: string): LogError =>
  new LogError('log_unavailable', `What was appended to ${stream} cannot be read`)

/**
 * Reads the epoch from the stream that holds it; the first process to ask begins the log. What was appended to the stream last counts,
 * so that a restored log can be given a new one.
 */
export const openLife = async (client: EventStoreDBClient, stream: string, calls: Calls): Promise<Life> => {
  const epochs = createEpochStream(client, stream, calls)
  const found = await epochs.read()
  if (found.length === 0) await epochs.append(randomUUID(), NO_STREAM)
  const events = found.length === 0 ? await epochs.read() : found
  const [first, last] = [events[0], events.at(-1)]
  if (first === undefined || last === undefined) throw unreadable(stream)
  return { epoch: epochOf(last), origin: originOf(first) }
}

/** Begins a new life of the same log. Undefined when there is none that could go on; begins none. */
export const renewLife = async (
  client: EventStoreDBClient,
  stream: string,
  calls: Calls,
): Promise<{ readonly before: string; readonly after: string } | undefined> => {
  const epochs = createEpochStream(client, stream, calls)
  const last = (await epochs.read()).at(-1)
  if (last === undefined) return undefined
  const [before, after] = [epochOf(last), randomUUID()]
  if (await epochs.append(after, last.revision)) return { before, after }
  const now = (await epochs.read()).at(-1)
  if (now === undefined || epochOf(now) !== after) throw new OperatorError(`Somebody else renews ${stream} just now`)
  return { before, after }
}
