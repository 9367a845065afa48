import { LRUCache } from 'lru-cache'
import type { EventReader, Position, RecordedEvent } from '../../ports/event-log.ts'

/** Pages of the whole log, shared by readers that go side by side. */
export interface LogPages {
  /** Events of all streams after `after`, oldest first; fewer than a full page only at the end of the log. */
  after(after: Position): Promise<readonly RecordedEvent[]>
  readonly size: number
}

/** How many pages are kept: partitions that are rebuilt together stay close to each other. */
const pagesKept = 16

export const createLogPages = (log: Pick<EventReader, 'readAll'>, size = 2_000): LogPages => {
  const pages = new LRUCache<Position, Promise<readonly RecordedEvent[]>>({ max: pagesKept })

  const read = (after: Position): Promise<readonly RecordedEvent[]> => {
    const page = log.readAll(after, size)
    pages.set(after, page)
    const forget = (): void => void pages.delete(after)
    // Only a full page does not change any more.
    page.then((events) => events.length < size && forget(), forget)
    return page
  }

  return { size, after: (after) => pages.get(after) ?? read(after) }
}
