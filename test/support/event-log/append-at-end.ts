import { LogError } from '../../../src/ports/errors/log-error.ts'
import type { Appended, EventLog, NewEvent } from '../../../src/ports/event-log.ts'

type Log = Pick<EventLog, 'append' | 'readStream'>

/** The last append of each stream that was begun here. */
const tails = new WeakMap<Log, Map<string, Promise<unknown>>>()

const appendNow = async (log: Log, stream: string, events: readonly NewEvent[]): Promise<Appended> => {
  for (;;) {
    const [last] = await log.readStream({ stream, direction: 'backwards', limit: 1 })
    try {
      return await log.append(stream, events, last?.revision ?? 'no_stream')
    } catch (error) {
      // Somebody else was first.
      if (!(error instanceof LogError && error.code === 'wrong_expected_revision')) throw error
    }
  }
}

/** Appends wherever the stream ends. Appends to one stream are made in the order of the calls. */
export const appendAtEnd = (log: Log, stream: string, events: readonly NewEvent[]): Promise<Appended> => {
  const streams = tails.get(log) ?? new Map<string, Promise<unknown>>()
  tails.set(log, streams)
  const appended = (streams.get(stream) ?? Promise.resolve()).then(() => appendNow(log, stream, events))
  streams.set(
    stream,
    appended.catch(() => undefined),
  )
  return appended
}
