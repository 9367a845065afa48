import type { EventReader, Position, RecordedEvent } from '../../ports/event-log.ts'
import type { ParkedReactionRecords } from '../../ports/parked-reactions.ts'
import type { ParkedStreams } from './parked-streams.ts'
import type { Reaction } from './reaction.ts'

export interface RetryReactionsDeps extends Reaction {
  readonly name: string
  readonly log: Pick<EventReader, 'readStream'>
  readonly records: Pick<ParkedReactionRecords, 'reactionRetries'>
  readonly parked: ParkedStreams
  /** The process manager has seen everything up to here; it meets later events by itself. */
  readonly reached: () => Position
}

const pageSize = 100

/**
 * Retries the streams that somebody asked for: from the event at which they are parked, in order, up to where the
 * process manager is.
 */
export const createRetryReactions = (deps: RetryReactionsDeps) => {
  const { name, log, records, parked, types, react, reached } = deps

  /** The event at which it has to be parked again. */
  const failing = async (events: readonly RecordedEvent[]): Promise<readonly [RecordedEvent, unknown] | undefined> => {
    for (const event of events) {
      const work = types.has(event.type) ? react(event) : undefined
      try {
        await work?.()
      } catch (error) {
        return [event, error]
      }
    }
    return undefined
  }

  const retry = async (stream: string): Promise<void> => {
    for (let from = parked.at(stream); from !== undefined; ) {
      const page = await log.readStream({ stream, from, upTo: reached(), limit: pageSize })
      const failed = await failing(page)
      if (failed !== undefined) return parked.parkAgain(...failed)
      const last = page.at(-1)
      from = last === undefined || page.length < pageSize ? undefined : last.revision + 1
    }
    await parked.resume(stream)
  }

  return async (): Promise<void> => {
    if (!parked.any()) return
    for (const stream of await records.reactionRetries(name)) await retry(stream)
  }
}
