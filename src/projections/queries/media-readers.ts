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
  /** How long the views may take to reach what was durable at the call, in milliseconds. */
  readonly patienceMs: number
}

/** A file may be forwarded into any number of conversations: they are looked at by so many messages at a time. */
const pageSize = 200

const keyOf = ({ conversationId, seq, index }: MediaDocument): string =>
  `${conversationId}/${padded(seq)}/${String(index).padStart(2, '0')}`

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

/** Those that have not expired. */
const living = async (views: Views, page: readonly MediaDocument[], now: number): Promise<readonly MediaDocument[]> => {
  const conversations = await views.byKeys('conversations', [
    ...new Set(page.map(({ conversationId }) => conversationId)),
  ])
  const isLiving = (conversation: ConversationDocument | undefined, one: MediaDocument): boolean =>
    conversation !== undefined && !expiredIn(conversation, now)(one)
  return page.filter((one) => isLiving(conversations.get(one.conversationId), one))
}

export const createMediaReaders = ({ views, log, watermark, now, patienceMs }: MediaReadersDeps) => {
  const isShown = async (userId: string, page: readonly MediaDocument[]): Promise<boolean> => {
    const keys = [...new Set(page.map(({ conversationId }) => membershipKey(conversationId, userId)))]
    const memberships = await views.byKeys('memberships', keys)
    const shown = page.filter((one) => {
      const membership = memberships.get(membershipKey(one.conversationId, userId))
      return membership !== undefined && mayReadMessage(membership, one.seq)
    })
    return (await living(views, shown, now())).length > 0
  }

  /** Does a message that this user may see, in any conversation, name the file? */
  const mayReadMedia = async (userId: string, mediaId: string): Promise<boolean> => {
    for await (const page of pagesOf(views, mediaId)) if (await isShown(userId, page)) return true
    return false
  }

  return {
    mayReadMedia,
    /** The same, also by a message that was accepted a moment ago. */
    mayReadMediaSoon: async (userId: string, mediaId: string): Promise<boolean> => {
      if (await mayReadMedia(userId, mediaId)) return true
      return (await reachedAll(watermark, await log.heads(), patienceMs)) && mayReadMedia(userId, mediaId)
    },
    /** Does any message name it that is not deleted and has not expired? */
    isMediaNamed: async (mediaId: string): Promise<boolean> => {
      for await (const page of pagesOf(views, mediaId)) if ((await living(views, page, now())).length > 0) return true
      return false
    },
  }
}
