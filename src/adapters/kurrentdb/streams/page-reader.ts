import type { Position } from '../../../ports/event-log.ts'
import type { FeedBuffer } from '../feed/feed-buffer.ts'
import type { ServerEvent } from '../kurrent-columns.ts'
import type { Reads } from './reads.ts'

export interface PageReaderDeps {
  readonly reads: Pick<Reads, 'eventsFrom'>
  readonly inbox: Pick<FeedBuffer, 'isFull' | 'isEmpty' | 'taken'>
  /** Events of a page. */
  readonly pageSize: number
  /** Everything up to there is in the inbox. */
  readonly cursor: () => Position
  readonly receive: (event: ServerEvent) => void
  readonly isClosed: () => boolean
}

/**
 * Brings a feed that is behind to the end of the log. A subscription that catches up costs twice as much for each event
 * and more, and the server drops one that takes long over it. Resolves when there was nothing more and whoever handles
 * the events has taken them all: until then a subscription would be behind again at once.
 */
export const createPageReader = (deps: PageReaderDeps): (() => Promise<void>) => {
  const { reads, inbox, pageSize, cursor, receive, isClosed } = deps

  const until = async (isSo: () => boolean): Promise<void> => {
    while (!isSo() && !isClosed()) await inbox.taken()
  }

  /** Whether that was the end. The event at the cursor itself comes again. */
  const readPage = async (): Promise<boolean> => {
    const from = cursor()
    const events = await reads.eventsFrom(from, pageSize + 1)
    if (isClosed()) return true
    for (const event of events) receive(event)
    return events.length <= pageSize || cursor() === from
  }

  return async () => {
    while (!isClosed()) {
      await until(() => !inbox.isFull())
      if (!(await readPage())) continue
      if (inbox.isEmpty()) return
      await until(() => inbox.isEmpty())
    }
  }
}
