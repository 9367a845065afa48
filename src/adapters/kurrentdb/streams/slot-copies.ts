import { type EventStoreDBClient, jsonEvent, NO_STREAM } from '@eventstore/db-client'
import { LogError } from '../../../ports/errors/log-error.ts'
import { type Calls, withTimeout } from '../connection/calls.ts'
import { collect } from './collect.ts'

/** What a log keeps about the slots that it owns among several logs: text that means nothing here. */
export interface SlotCopies {
  /** What was recorded last; undefined when nothing was. */
  read(): Promise<string | undefined>
  /** Records what is the first of its kind; does nothing where there is something already. */
  begin(text: string): Promise<void>
}

const requiresLeader = true

const textOf = (data: unknown): string =>
  typeof data === 'object' && data !== null && 'slots' in data && typeof data.slots === 'string' ? data.slots : ''

/** In a stream of the server that is not one of the log's. */
export const createSlotCopies = (client: EventStoreDBClient, stream: string, calls: Calls): SlotCopies => {
  const { retry, attemptMs } = calls
  return {
    read: async () => {
      const options = { maxCount: 1000, requiresLeader }
      const events = await retry(() => collect(client.readStream(stream, options), attemptMs))
      const last = events.at(-1)
      return last && textOf(last.data)
    },
    begin: async (text) => {
      const event = jsonEvent({ type: 'SlotsAssigned', data: { slots: text } })
      const options = { expectedRevision: NO_STREAM, requiresLeader, deadline: attemptMs } as const
      try {
        await retry(() => withTimeout(client.appendToStream(stream, event, options), attemptMs))
      } catch (error) {
        // Another process was first.
        if (!(error instanceof LogError && error.code === 'wrong_expected_revision')) throw error
      }
    },
  }
}
