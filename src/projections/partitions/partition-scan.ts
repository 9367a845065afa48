import type { Position, RecordedEvent } from '../../ports/event-log.ts'
import type { LogPages } from './log-pages.ts'

export interface PartitionScan {
  /** Events of the partition after `after`, oldest first, at most `limit`; none only when the log has no more. */
  read(after: Position, limit: number): Promise<readonly RecordedEvent[]>
}

/**
 * Reads one partition out of the whole log. Calls that go on where the last one ended read on from the same page, so that partitions which are read
 * side by side ask for the same pages.
 */
export const createPartitionScan = (pages: LogPages, belongs: (stream: string) => boolean): PartitionScan => {
  let answered = -1n
  let at = 0n
  let rest: readonly RecordedEvent[] = []

  const begin = (after: Position): void => {
    if (after === answered) return
    at = after
    rest = []
  }

  /** False at the end of the log. */
  const more = async (found: RecordedEvent[]): Promise<boolean> => {
    const page = await pages.after(at)
    at = page.at(-1)?.position ?? at
    found.push(...page.filter(({ stream }) => belongs(stream)))
    return page.length === pages.size
  }

  return {
    read: async (after, limit) => {
      begin(after)
      const found = [...rest]
      while (found.length < limit && (await more(found)));
      rest = found.slice(limit)
      const events = found.slice(0, limit)
      answered = events.at(-1)?.position ?? after
      return events
    },
  }
}
