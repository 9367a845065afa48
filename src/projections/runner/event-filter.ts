import { LRUCache } from 'lru-cache'
import type { EventReader, RecordedEvent } from '../../ports/event-log.ts'

/** Streams whose last revision is kept. One that was forgotten is only not checked. */
const streamsKept = 20_000

/**
 * Makes any delivery exact, stream by stream: drops what has passed already and reads what was left out from the log. `admit`
 * answers the events to fold; call `passed` once they are stored.
 */
export const createEventFilter = (reader: Pick<EventReader, 'readStream'>) => {
  const last = new LRUCache<string, number>({ max: streamsKept })
  let seen = new Map<string, number>()

  const hole = async (stream: string, from: number, before: number): Promise<readonly RecordedEvent[]> => {
    const found: RecordedEvent[] = []
    while (from + found.length < before) {
      const page = await reader.readStream({ stream, from: from + found.length, limit: before - from - found.length })
      if (page.length === 0) throw new Error(`the log has no revision ${from + found.length} of stream ${stream}`)
      found.push(...page)
    }
    return found
  }

  return {
    async admit(events: readonly RecordedEvent[]): Promise<readonly RecordedEvent[]> {
      seen = new Map()
      const admitted: RecordedEvent[] = []
      for (const event of events) {
        const { stream, revision } = event
        const before = seen.get(stream) ?? last.get(stream)
        if (before !== undefined && revision <= before) continue
        if (before !== undefined && revision > before + 1) admitted.push(...(await hole(stream, before + 1, revision)))
        admitted.push(event)
        seen.set(stream, revision)
      }
      return admitted
    },
    /** What was admitted last is stored. */
    passed(): void {
      for (const [stream, revision] of seen) last.set(stream, revision)
    },
    forget: (): void => last.clear(),
  }
}
