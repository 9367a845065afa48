import {
  type MarkChange,
  type markedConversation,
  markedConversations,
  type star,
  starPage,
} from '@backscroll/protocol/rest/marks'
import type { z } from 'zod'
import type { ClientEvent } from '../events/client-events.ts'
import { noMarks } from '../marks/conversation-marks.ts'
import { loadMarks } from '../marks/mark-book.ts'
import { createMarkSender } from '../marks/mark-sender.ts'
import { createMarkUpkeep } from '../marks/mark-upkeep.ts'
import { loadStars, type StarChange, starId } from '../marks/star-book.ts'
import { watchMarks } from '../marks/watch-marks.ts'
import type { ClientRecords } from '../records/client-records.ts'
import type { StoreChange } from '../stores/client-store.ts'
import type { ClientBasis } from './client-basis.ts'
import type { ServerAccess } from './server-access.ts'

interface Deps {
  readonly basis: ClientBasis
  readonly server: ServerAccess
  readonly records: ClientRecords
}

const partsOf = ({ basis, server, records: { stored } }: Deps) => {
  const { write, clock, time, random, onError } = basis
  const { rest, isLive } = server
  return { stored, rest, write, isLive, onError, clock, random, now: time.now }
}

const keepMarks = (parts: ReturnType<typeof partsOf>) => {
  const book = loadMarks(parts.stored, parts.now)
  const upkeep = createMarkUpkeep<z.output<typeof markedConversation>>({
    ...parts,
    list: {
      ...{ key: 'marks_known', path: '/marks', schema: markedConversations, known: book.known },
      idOf: ({ conversationId }) => conversationId,
      adopt: ({ conversationId, marks, revision }) => book.adopt(conversationId, marks, revision),
      drop: (id, revision) => book.adopt(id, noMarks, revision),
    },
  })
  const requestOf = (id: string, body: MarkChange) =>
    ({ method: 'PATCH', path: `/marks/${encodeURIComponent(id)}`, body }) as const
  return { book, upkeep, sender: createMarkSender({ ...parts, book, requestOf }) }
}

const keepStars = (parts: ReturnType<typeof partsOf>) => {
  const book = loadStars(parts.stored, parts.now)
  const upkeep = createMarkUpkeep<z.output<typeof star>>({
    ...parts,
    list: {
      ...{ key: 'stars_known', path: '/stars', schema: starPage, known: book.known },
      idOf: ({ conversationId, messageId }) => starId(conversationId, messageId),
      adopt: ({ conversationId, messageId, ...rest }) =>
        book.adopt(starId(conversationId, messageId), { ...rest, isStarred: true }),
      drop: (id, revision) => book.adopt(id, { isStarred: false, seq: 0, at: 0, revision }),
    },
  })
  const requestOf = (id: string, { isStarred, seq }: StarChange) => {
    const path = `/stars/${id.split('/').map(encodeURIComponent).join('/')}`
    return isStarred ? ({ method: 'PUT', path, body: { seq } } as const) : ({ method: 'DELETE', path } as const)
  }
  return { book, upkeep, sender: createMarkSender({ ...parts, book, requestOf }) }
}

/** The user's marks of conversations and stars of messages: what this device keeps, and what it sends. */
export const createClientMarksParts = (deps: Deps) => {
  const parts = partsOf(deps)
  const [marks, stars] = [keepMarks(parts), keepStars(parts)]
  return {
    marks: marks.book,
    stars: stars.book,
    change: marks.sender.change,
    changeStar: stars.sender.change,
    watch: (listener: (conversationId?: string) => void) => watchMarks(marks.book, parts.clock, parts.now, listener),
    take: (event: ClientEvent): readonly StoreChange[] => [
      ...[...marks.book.take(event), ...stars.book.take(event)],
      ...[...marks.upkeep.take(event), ...stars.upkeep.take(event)],
    ],
    /** A connection is live. */
    live: (): void => {
      for (const { upkeep, sender } of [marks, stars]) {
        upkeep.live()
        sender.send()
      }
    },
  }
}
