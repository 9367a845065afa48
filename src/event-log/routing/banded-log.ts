import { LogError } from '../../ports/errors/log-error.ts'
import type { Appended, EventLog, EventReader, Position, RecordedEvent, StreamSlice } from '../../ports/event-log.ts'
import { bandSize, bandStart } from '../positions.ts'

const tooLong = () => new LogError('log_full', 'The log is longer than one of several logs may be: 512 TiB')

/**
 * A log as the one with this index among several: its positions are moved into its band, and it names the epoch of
 * the set. Positions below the band are before its first event, those above it are after its last.
 */
export const createBandedLog = (log: EventLog, index: number, epoch: string): EventLog => {
  const start = bandStart(index)
  let highest = 0n

  const outwards = (own: Position): Position => {
    if (own >= bandSize) throw tooLong()
    if (own > highest) highest = own
    return start + own
  }
  const inwards = (position: Position): Position => (position <= start ? 0n : position - start)
  const recorded = (event: RecordedEvent): RecordedEvent => ({ ...event, position: outwards(event.position) })

  const ownSlice = (slice: StreamSlice): StreamSlice => ({
    ...slice,
    ...(slice.after !== undefined && { after: inwards(slice.after) }),
    ...(slice.upTo !== undefined && { upTo: inwards(slice.upTo) }),
  })

  const banded = ({ head, readStream, readAll, subscribe }: EventReader): EventReader => ({
    epoch,
    head: async () => outwards(await head()),
    readStream: async (slice) => (await readStream(ownSlice(slice))).map(recorded),
    readAll: async (after, limit) => (await readAll(inwards(after), limit)).map(recorded),
    subscribe: (after, handler, options) => {
      const subscription = subscribe(inwards(after), (events) => handler(events.map(recorded)), options)
      return { ...subscription, position: () => outwards(subscription.position()) }
    },
  })

  return {
    ...banded(log),
    ...(log.sealed !== undefined && { sealed: { ...log.sealed, stored: banded(log.sealed.stored) } }),
    ...(log.keepsBodies === true && { keepsBodies: true }),
    maxAppendSize: log.maxAppendSize,
    append: async (stream, events, expected): Promise<Appended> => {
      if (highest + 1n >= bandSize) throw tooLong()
      const { firstRevision, position } = await log.append(stream, events, expected)
      return { firstRevision, position: outwards(position) }
    },
    close: () => log.close(),
  }
}
