import type { RecordedEvent } from '../../ports/event-log.ts'
import type { ParkedReaction, ParkedReactionRecords } from '../../ports/parked-reactions.ts'

export interface ParkedStreamsDeps {
  /** The name of the process manager. */
  readonly name: string
  readonly epoch: string
  readonly records: Pick<ParkedReactionRecords, 'parkedReactions' | 'parkReaction' | 'resumeReactions'>
  readonly now: () => number
  readonly onParked: (reaction: ParkedReaction) => void
}

const textOf = (error: unknown): string => (error instanceof Error ? `${error.name}: ${error.message}` : String(error))

/** The error of a stream that nobody can read may be long, and a table shows it. */
const mostText = 1_000

/** The streams that one process manager has parked, as stored and as it looks them up at every event. */
export const openParkedStreams = async ({ name, epoch, records, now, onParked }: ParkedStreamsDeps) => {
  const parked = new Map<string, Pick<ParkedReaction, 'revision' | 'attempts'>>()

  const put = async (event: RecordedEvent, attempts: number, error: unknown): Promise<void> => {
    const { stream, revision, position, type } = event
    const place = { process: name, epoch, stream, revision, position, type }
    const reaction = { ...place, attempts, error: textOf(error).slice(0, mostText), at: now() }
    await records.parkReaction(reaction)
    parked.set(stream, { revision, attempts })
    onParked(reaction)
  }

  const resume = async (stream: string): Promise<void> => {
    await records.resumeReactions(name, stream)
    parked.delete(stream)
  }

  for (const one of await records.parkedReactions(Number.MAX_SAFE_INTEGER, name)) {
    // In another life of the log everything is looked at again.
    if (one.epoch === epoch) parked.set(one.stream, one)
    else await records.resumeReactions(name, one.stream)
  }

  return {
    any: (): boolean => parked.size > 0,
    /** The revision at which the stream is parked. */
    at: (stream: string): number | undefined => parked.get(stream)?.revision ?? undefined,
    park: put,
    /** It was tried once more, at this event. */
    parkAgain: (event: RecordedEvent, error: unknown): Promise<void> => {
      const before = parked.get(event.stream)
      return put(event, before?.revision === event.revision ? before.attempts + 1 : 1, error)
    },
    resume,
  }
}

export type ParkedStreams = Awaited<ReturnType<typeof openParkedStreams>>
