import { ProtocolError } from '@backscroll/protocol/errors'
import type { MessageDocument, WatermarkDocument } from '../documents.ts'
import { decodeCursor, encodeCursor } from '../reading/list-cursor.ts'
import { type Page, type PageRequest, toPage } from '../reading/list-page.ts'
import { membershipKey, under, type Views } from '../reading/view-reader.ts'
import { createSameIdMessages, sees, type Visible } from './same-id-messages.ts'

/** When one device received and read one message, by the server's clock, in milliseconds since the Unix epoch. */
export interface MessageReceipt {
  readonly userId: string
  readonly deviceId: string
  readonly deliveredAt: number | null
  readonly readAt: number | null
}

export interface MessageReceipts extends Page<MessageReceipt> {
  readonly conversationId: string
  readonly seq: number
}

type Kind = 'delivered' | 'read'

/**
 * A message, and until when the asking user may know its receipts: for ever as a member, otherwise until the
 * membership ended.
 */
interface Asked {
  readonly message: MessageDocument
  readonly until: number
}

/**
 * Devices make ids, so others may use one in a conversation that they share. The user's own message counts,
 * otherwise the first one.
 */
const theOne = (userId: string, found: readonly Visible[]): Visible | undefined =>
  found.toSorted(({ message: a }, { message: b }) => foreign(a, userId) - foreign(b, userId) || a.at - b.at)[0]

const foreign = ({ sender }: MessageDocument, userId: string): number => Number(sender !== userId)

export const createMessageReceipts = (views: Views) => {
  const visibleNamesakes = createSameIdMessages(views)

  const visibleMessage = async (userId: string, messageId: string): Promise<Asked> => {
    const found = theOne(userId, await visibleNamesakes(userId, messageId))
    if (found === undefined) throw new ProtocolError('not_found')
    return { message: found.message, until: found.membership.endedAt ?? Number.POSITIVE_INFINITY }
  }

  const devicesOf = async (message: MessageDocument, after: string | undefined, limit: number) => {
    const { gte, lt } = under(message.conversationId)
    return views.find('watermarks', {
      key: after === undefined ? { gte, lt } : { gt: `${message.conversationId}/${after}`, lt },
      orderBy: { field: 'key', direction: 'ascending' },
      limit,
    })
  }

  /**
   * The devices that got this far and whose user may see the message: a later member's watermark covers it by
   * number only.
   */
  const witnesses = async (message: MessageDocument, all: readonly WatermarkDocument[]) => {
    const devices = all.filter((device) => device.delivered >= message.seq)
    const keyOf = ({ userId }: WatermarkDocument): string => membershipKey(message.conversationId, userId)
    const memberships = await views.byKeys('memberships', [...new Set(devices.map(keyOf))])
    return devices.filter((device) => sees(memberships.get(keyOf(device)), message.seq))
  }

  const timeOf = async (message: MessageDocument, device: WatermarkDocument, kind: Kind): Promise<number | null> => {
    const { conversationId, seq } = message
    const where = {
      conversationId: { eq: conversationId },
      userId: { eq: device.userId },
      deviceId: { eq: device.deviceId },
    }
    const [crossed] = await views.find('receipts', {
      where: { ...where, [kind]: { gte: seq } },
      orderBy: { field: kind, direction: 'ascending' },
      limit: 1,
    })
    const reached = crossed?.[kind]
    if (reached === undefined || reached === null) return null
    // Several movements may carry the same watermark (the other one moved): the first of them is when it was reached.
    const [first] = await views.find('receipts', {
      where: { ...where, [kind]: { eq: reached } },
      orderBy: { field: 'key', direction: 'ascending' },
      limit: 1,
    })
    return first?.at ?? null
  }

  const receiptOf = async ({ message, until }: Asked, device: WatermarkDocument): Promise<MessageReceipt> => {
    const known = (at: number | null): number | null => (at === null || at > until ? null : at)
    return {
      userId: device.userId,
      deviceId: device.deviceId,
      deliveredAt: known(await timeOf(message, device, 'delivered')),
      readAt: known(device.sharedRead >= message.seq ? await timeOf(message, device, 'read') : null),
    }
  }

  /**
   * For each user and device, by user id; for everybody who may see the message. A page may hold fewer than
   * `limit`.
   */
  return async (userId: string, messageId: string, { cursor, limit }: PageRequest): Promise<MessageReceipts> => {
    const scope = ['receipts', userId, messageId]
    const after = cursor === undefined ? undefined : String(decodeCursor(scope, cursor, ['text'])[0])
    const asked = await visibleMessage(userId, messageId)
    const { message } = asked
    const found = await devicesOf(message, after, limit + 1)
    const page = toPage(
      found,
      limit,
      (one) => one,
      (last) => encodeCursor(scope, [`${last.userId}/${last.deviceId}`]),
    )
    const devices = await witnesses(message, page.items)
    const items = await Promise.all(devices.map((device) => receiptOf(asked, device)))
    return {
      ...page,
      items: items.filter(({ deliveredAt }) => deliveredAt !== null),
      conversationId: message.conversationId,
      seq: message.seq,
    }
  }
}
