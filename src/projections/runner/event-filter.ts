import { LRUCache } from 'lru-cache'
import { foreignType } from '../../event-log/foreign-type.ts'
import type { EventReader, RecordedEvent } from '../../ports/event-log.ts'

/** How many streams have their last revision remembered. A forgotten one is not checked, nothing else. */
const streamsKept = 20_000

/**
 * Takes the place of an event that somebody has deleted from the log: it cannot be folded, so its stream is parked
 * there.
 */
const missing = ({ stream, position, at }: RecordedEvent, revision: number): RecordedEvent => ({
  ...{ stream, revision, position, at, id: 'missing', type: foreignType, version: 0 },
  ...{ userId: '', deviceId: '', data: '{}', body: null },
})

/**
 * Makes any delivery exact, stream by stream: drops what has passed already and reads what was left out from the
 * log. `admit` answers the events to fold; call `passed` once they are stored.
 */
export const createEventFilter = (reader: Pick<EventReader, 'readStream'>) => {
  const last = new LRUCache<string, number>({ max: streamsKept })
  let seen = new Map<string, number>()

  const hole = async (from: number, next: RecordedEvent): Promise<readonly RecordedEvent[]> => {
    const { stream, revision: before } = next
    const found: RecordedEvent[] = []
    for (let at = from; at < before; at = from + found.length) {
      const page = await reader.readStream({ stream, from: at, limit: before - at })
      const whole = page.filter(({ revision }, index) => revision === at + index)
      if (whole.length === 0) return [...found, missing(next, at)]
      found.push(...whole)
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
        if (before !== undefined && revision > before + 1) admitted.push(...(await hole(before + 1, event)))
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
