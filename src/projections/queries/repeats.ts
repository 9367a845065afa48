import { createSoon } from './soon.ts'
import type { Views } from './views.ts'

export interface Sender {
  readonly userId: string
  readonly deviceId: string
}

/** Foreign conversations may hold the same id: more than so many of them are not looked through. */
const namesakes = 100

/** Does an older message of the conversation have this id, as far as the views have come? False where they do not answer: messages do not wait for them. */
export const createIsIdTaken = (views: Views) => {
  const soon = createSoon({ patienceMs: 250, restMs: 5_000, now: () => performance.now() })
  return async (conversationId: string, messageId: string): Promise<boolean> => {
    const named = { where: { messageId: { eq: messageId } }, limit: namesakes }
    const found = await soon(() => views.find('timeline', named), [])
    return found.some((one) => one.conversationId === conversationId)
  }
}

/**
 * Where an earlier command of a device ended up: the revision of its first event, for repeats that the write side has
 * forgotten. Undefined when that number never led to it, or to another message.
 */
export const createOriginalOf = (views: Views) => {
  const message = async (conversationId: string, sender: Sender, clientSeq: number, messageId: string) => {
    const found = await views.find('timeline', { where: { messageId: { eq: messageId } } })
    const here = found.filter((one) => one.conversationId === conversationId && one.clientSeq === clientSeq)
    return here.find((one) => one.sender === sender.userId && one.senderDevice === sender.deviceId)?.revision
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
