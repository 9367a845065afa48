import { markedConversations } from '@backscroll/protocol/rest/marks'
import type { z } from 'zod'
import { toBackscrollError } from '../errors/backscroll-error.ts'
import type { ClientEvent } from '../events/client-events.ts'
import type { Rest } from '../rest/rest-client.ts'
import type { StoreChange } from '../stores/client-store.ts'
import { noMarks } from './conversation-marks.ts'
import type { MarkBook } from './mark-book.ts'

export interface MarkUpkeepDeps {
  readonly stored: ReadonlyMap<string, unknown>
  readonly book: MarkBook
  readonly rest: Pick<Rest, 'read'>
  readonly write: (changes: readonly StoreChange[]) => Promise<void>
  readonly isLive: () => boolean
  readonly onError: (thrown: unknown) => void
}

const key = 'marks_known'

/** Reads the server's list of marks on a device that has none, and after a snapshot, which leaves out events. */
export const createMarkUpkeep = ({ stored, book, rest, write, isLive, onError }: MarkUpkeepDeps) => {
  let isKnown = stored.has(key)
  let isAsking = false

  const readAll = async () => {
    const before = new Map(book.known())
    const listed = new Set<string>()
    let cursor: string | undefined
    do {
      const page: z.output<typeof markedConversations> = await rest.read({
        path: '/marks',
        query: { cursor, limit: 200 },
        schema: markedConversations,
      })
      for (const { conversationId, marks, revision } of page.items) {
        listed.add(conversationId)
        await write(book.adopt(conversationId, marks, revision))
      }
      cursor = page.cursor
    } while (cursor !== undefined)
    // What the list lacks has no marks, unless an event has come since the list was asked for.
    for (const [id, { revision }] of before)
      if (!listed.has(id) && book.known().get(id)?.revision === revision) await write(book.adopt(id, noMarks, revision))
  }
  const live = () => {
    if (isKnown || isAsking || !isLive()) return
    isAsking = true
    isKnown = true
    readAll()
      .then(() => write([{ key, value: true }]))
      .catch((thrown) => {
        isKnown = false
        // A server of an earlier version has no marks. After a lost connection the next one asks again.
        if (isLive() && toBackscrollError(thrown).code !== 'not_found') onError(thrown)
      })
      .finally(() => {
        isAsking = false
      })
  }
  return {
    /** A connection is live. */
    live,
    take: (event: ClientEvent): readonly StoreChange[] => {
      if (event.type !== 'snapshot' || !event.last || !isKnown) return []
      isKnown = false
      queueMicrotask(live)
      return [{ key, value: undefined }]
    },
  }
}
