import { setImmediate } from 'node:timers/promises'
import type { EventLogs } from '../../event-log/event-logs.ts'
import { type ConversationDocument, type MediaDocument, type MembershipDocument, padded } from '../documents.ts'
import { expiredIn } from '../reading/expired-revisions.ts'
import { membershipKey, type Views } from '../reading/view-reader.ts'
import { mayReadMessage, visibleSeqs } from '../reading/visibility.ts'
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

const pageAfter = (views: Views, mediaId: string, after: string): Promise<readonly MediaDocument[]> =>
  views.find('media', {
    key: { gt: after },
    where: { mediaId: { eq: mediaId } },
    orderBy: { field: 'key', direction: 'ascending' },
    limit: pageSize,
  })

/**
 * The key before the next message of the conversation that the member may see, or before the next conversation. Members
 * can name a file in any number of messages, so those that this user cannot see are not read.
 */
const beforeVisible = (last: MediaDocument, membership: MembershipDocument | undefined): string => {
  const [next] =
    membership === undefined ? [] : visibleSeqs(membership, { from: last.seq, to: Number.POSITIVE_INFINITY })
  if (next === undefined) return `${last.conversationId}/~`
  return next.from > last.seq ? `${last.conversationId}/${padded(next.from)}` : keyOf(last)
}

const pagesOf = async function* (views: Views, mediaId: string): AsyncGenerator<readonly MediaDocument[]> {
  for (let after = ''; ; ) {
    const page = await pageAfter(views, mediaId, after)
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
  /** The user's memberships, by the conversations of these messages. */
  const membershipsIn = async (userId: string, page: readonly MediaDocument[]) => {
    const keys = [...new Set(page.map(({ conversationId }) => membershipKey(conversationId, userId)))]
    const memberships = await views.byKeys('memberships', keys)
    return ({ conversationId }: MediaDocument) => memberships.get(membershipKey(conversationId, userId))
  }

  /** Returns whether any message that this user may see names the file, in any conversation. */
  const mayReadMedia = async (userId: string, mediaId: string): Promise<boolean> => {
    for (let after = ''; ; ) {
      const page = await pageAfter(views, mediaId, after)
      const membershipOf = await membershipsIn(userId, page)
      const shown = page.filter((one) => {
        const membership = membershipOf(one)
        return membership !== undefined && mayReadMessage(membership, one.seq)
      })
      if ((await unexpired(views, shown, now())).length > 0) return true
      const last = page.at(-1)
      if (last === undefined || page.length < pageSize) return false
      after = beforeVisible(last, membershipOf(last))
      await setImmediate()
    }
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
