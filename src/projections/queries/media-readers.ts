import { setImmediate } from 'node:timers/promises'
import type { EventLogs } from '../../event-log/event-logs.ts'
import { type ConversationDocument, type MediaDocument, padded } from '../documents.ts'
import { expiredIn } from '../reading/expired-revisions.ts'
import { membershipKey, type Views } from '../reading/view-reader.ts'
import { mayReadMessage } from '../reading/visibility.ts'
import { reachedAll, type Watermark } from '../watermark/watermark.ts'

export interface MediaReadersDeps {
  readonly views: Views
  readonly log: Pick<EventLogs, 'heads'>
  readonly watermark: Pick<Watermark, 'reached'>
  /** Milliseconds since the Unix epoch. */
  readonly now: () => number
  /** How long the views may take to reach the events that were durable at the call, in milliseconds. */
  readonly patienceMs: number
}

/** Messages in one page. A file may be forwarded into any number of conversations. */
const pageSize = 200

const messageKeyOf = ({ conversationId, seq }: MediaDocument): string => `${conversationId}/${padded(seq)}`

const keyOf = (one: MediaDocument): string => `${messageKeyOf(one)}/${String(one.index).padStart(2, '0')}`

const pagesOf = async function* (views: Views, mediaId: string): AsyncGenerator<readonly MediaDocument[]> {
  for (let after = ''; ; ) {
    const page = await views.find('media', {
      key: { gt: after },
      where: { mediaId: { eq: mediaId } },
      orderBy: { field: 'key', direction: 'ascending' },
      limit: pageSize,
    })
    if (page.length > 0) yield page
    const last = page.at(-1)
    if (last === undefined || page.length < pageSize) return
    after = keyOf(last)
    await setImmediate()
  }
}

/** The messages that have not expired. */
const unexpired = async (
  views: Views,
  page: readonly MediaDocument[],
  now: number,
): Promise<readonly MediaDocument[]> => {
  const conversations = await views.byKeys('conversations', [
    ...new Set(page.map(({ conversationId }) => conversationId)),
  ])
  const isUnexpired = (conversation: ConversationDocument | undefined, one: MediaDocument): boolean =>
    conversation !== undefined && !expiredIn(conversation, now)(one)
  return page.filter((one) => isUnexpired(conversations.get(one.conversationId), one))
}

/** The messages that somebody else has sent. */
const byOthers = async (
  views: Views,
  page: readonly MediaDocument[],
  userId: string,
): Promise<readonly MediaDocument[]> => {
  const messages = await views.byKeys('timeline', [...new Set(page.map(messageKeyOf))])
  return page.filter((one) => messages.get(messageKeyOf(one))?.sender !== userId)
}

export const createMediaReaders = ({ views, log, watermark, now, patienceMs }: MediaReadersDeps) => {
  const isShown = async (userId: string, page: readonly MediaDocument[]): Promise<boolean> => {
    const keys = [...new Set(page.map(({ conversationId }) => membershipKey(conversationId, userId)))]
    const memberships = await views.byKeys('memberships', keys)
    const shown = page.filter((one) => {
      const membership = memberships.get(membershipKey(one.conversationId, userId))
      return membership !== undefined && mayReadMessage(membership, one.seq)
    })
    return (await unexpired(views, shown, now())).length > 0
  }

  /** Returns whether any message that this user may see names the file, in any conversation. */
  const mayReadMedia = async (userId: string, mediaId: string): Promise<boolean> => {
    for await (const page of pagesOf(views, mediaId)) if (await isShown(userId, page)) return true
    return false
  }

  return {
    mayReadMedia,
    /** The same, but also counts messages that were accepted a moment ago. */
    mayReadMediaSoon: async (userId: string, mediaId: string): Promise<boolean> => {
      if (await mayReadMedia(userId, mediaId)) return true
      return (await reachedAll(watermark, await log.heads(), patienceMs)) && mayReadMedia(userId, mediaId)
    },
    /**
     * Returns whether any message names the file that is neither deleted nor expired. Messages of the user `except`
     * do not count.
     */
    isMediaNamed: async (mediaId: string, except?: string): Promise<boolean> => {
      for await (const page of pagesOf(views, mediaId)) {
        const shown = await unexpired(views, page, now())
        const counted = except === undefined ? shown : await byOthers(views, shown, except)
        if (counted.length > 0) return true
      }
      return false
    },
  }
}
