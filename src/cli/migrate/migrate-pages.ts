import type { EventReader, RecordedEvent } from '../../ports/event-log.ts'

const pageSize = 500

/** The whole log, oldest first. */
export const pagesOfLog = async function* (log: EventReader): AsyncGenerator<readonly RecordedEvent[]> {
  let after = 0n
  for (;;) {
    const events = await log.readAll(after, pageSize)
    const last = events.at(-1)
    if (last === undefined) return
    yield events
    after = last.position
  }
}

/** One log after the other, because a stream is in one of them. */
export const pagesOfLogs = async function* (logs: readonly EventReader[]): AsyncGenerator<readonly RecordedEvent[]> {
  for (const log of logs) yield* pagesOfLog(log)
}
