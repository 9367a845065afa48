import type { MarksDocument, StarDocument } from '../marks-document.ts'
import { decodeCursor, encodeCursor } from '../reading/list-cursor.ts'
import { type Page, type PageRequest, toPage } from '../reading/list-page.ts'
import { marksKey, under, type Views } from '../reading/view-reader.ts'

interface InConversation {
  readonly userId: string
  readonly conversationId: string
}

/** A mute ends by itself. */
const isMuted = ({ marks: { mutedUntil = 0 } }: MarksDocument, now: number): boolean =>
  mutedUntil === 'forever' || mutedUntil > now

export const createMarks = (views: Pick<Views, 'find' | 'byKeys'>) => {
  /** The conversations that a user has marked, in the order of their ids. */
  const markedConversations = async (userId: string, { cursor, limit }: PageRequest): Promise<Page<MarksDocument>> => {
    const scope = ['marks', userId]
    const [after] = cursor === undefined ? [] : decodeCursor(scope, cursor, ['text'])
    const { gte, lt } = under(userId)
    const start = after === undefined ? { gte } : { gt: marksKey(userId, String(after)) }
    const found = await views.find('marks', {
      key: { ...start, lt },
      orderBy: { field: 'key', direction: 'ascending' },
      limit: limit + 1,
    })
    return toPage(
      found,
      limit,
      (one) => one,
      ({ conversationId }) => encodeCursor(scope, [conversationId]),
    )
  }

  /** Those whose user has not muted the conversation now. One query, however many there are. */
  const unmuted = async <Item extends InConversation>(
    items: readonly Item[],
    now: number,
  ): Promise<readonly Item[]> => {
    const keyOf = ({ userId, conversationId }: Item) => marksKey(userId, conversationId)
    const found = await views.byKeys('marks', [...new Set(items.map(keyOf))])
    return items.filter((item) => {
      const document = found.get(keyOf(item))
      return document === undefined || !isMuted(document, now)
    })
  }

  /** The messages that a user has starred, the last one first. */
  const starredMessages = async (userId: string, { cursor, limit }: PageRequest): Promise<Page<StarDocument>> => {
    const scope = ['stars', userId]
    const [before] = cursor === undefined ? [] : decodeCursor(scope, cursor, ['integer'])
    const earlier = before === undefined ? {} : { revision: { lt: before } }
    const found = await views.find('stars', {
      where: { userId: { eq: userId }, ...earlier },
      orderBy: { field: 'revision', direction: 'descending' },
      limit: limit + 1,
    })
    return toPage(
      found,
      limit,
      (one) => one,
      ({ revision }) => encodeCursor(scope, [revision]),
    )
  }

  return { markedConversations, starredMessages, unmuted }
}
