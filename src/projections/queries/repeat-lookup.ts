import { createBestEffort } from '../../runtime/best-effort.ts'
import { under, type Views } from '../reading/view-reader.ts'

export interface Sender {
  readonly userId: string
  readonly deviceId: string
}

/**
 * The messages of an id in one conversation. Any number of other conversations may use it: the index leads past
 * them.
 */
const namedIn = (views: Views, conversationId: string, messageId: string, limit?: number) =>
  views.find('timeline', {
    key: under(conversationId),
    where: { messageId: { eq: messageId } },
    ...(limit !== undefined && { limit }),
  })

/**
 * Does an older message of the conversation have this id, as far as the views have come? False where they do not
 * answer: messages do not wait for them.
 */
export const createIsIdTaken = (views: Views) => {
  const soon = createBestEffort({ patienceMs: 250, restMs: 5_000, now: () => performance.now() })
  return async (conversationId: string, messageId: string): Promise<boolean> => {
    const found = await soon(() => namedIn(views, conversationId, messageId, 1), [])
    return found.length > 0
  }
}

export const createOriginalOf = (views: Views) => {
  const message = async (conversationId: string, sender: Sender, clientSeq: number, messageId: string) => {
    const found = await namedIn(views, conversationId, messageId)
    const here = found.filter((one) => one.clientSeq === clientSeq && one.sender === sender.userId)
    return here.find((one) => one.senderDevice === sender.deviceId)?.revision
  }

  return async (
    conversationId: string,
    sender: Sender,
    clientSeq: number,
    messageId?: string,
  ): Promise<number | undefined> => {
    const sent = messageId === undefined ? undefined : await message(conversationId, sender, clientSeq, messageId)
    if (sent !== undefined) return sent
    const key = `${conversationId}/${sender.userId}/${sender.deviceId}/${clientSeq}`
    return (await views.get('commands', key))?.revision
  }
}
