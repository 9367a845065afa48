import { randomUUID } from 'node:crypto'
import { directConversationId } from '@backscroll/protocol/direct-conversation-id'
import { encryptedTo } from '../groups/beginning.ts'
import { createFakeGroup } from '../groups/fake-group.ts'
import { device } from '../groups/mls-frames.ts'
import type { Caller } from './harness.ts'

/** Bodies of requests by one device, whose commands in a conversation are numbered without a hole. */
export const numbered = (clientSeq: number) => ({ clientSeq, afterClientSeq: clientSeq - 1 })

interface Address {
  readonly conversationId: string
  readonly relatesTo?: object
}

export const text = (clientSeq: number, { conversationId, ...more }: Address) => {
  const ciphertext = encryptedTo(conversationId)
  return { conversationId, messageId: randomUUID(), ciphertext, ...more, ...numbered(clientSeq) }
}

/** To a person instead of a conversation. */
export const textTo = (recipientId: string, clientSeq: number, sender = 'alice') => {
  const { conversationId, ...message } = text(clientSeq, { conversationId: directConversationId(sender, recipientId) })
  return { recipientId, ...message }
}

/** Starts a group with an encryption group of everybody's phones, which is at epoch 1 then. */
export const startGroup = async (by: Caller, maker: string, members: readonly string[]) => {
  const conversationId = randomUUID()
  const group = createFakeGroup(conversationId)
  const devices = members.map((member) => device(member))
  const start = { conversationId, members, group: group.begin(device(maker), devices) }
  return { conversationId, group, started: await by('POST', '/conversations', { ...start, ...numbered(1) }) }
}

export const startDirect = (by: Caller, maker: string, peer: string) => {
  const group = createFakeGroup(directConversationId(maker, peer)).begin(device(maker), [device(peer)])
  return by('POST', '/conversations', { recipientId: peer, group, ...numbered(1) })
}
