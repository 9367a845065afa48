import { randomUUID } from 'node:crypto'
import { createFakeGroup } from '../groups/fake-group.ts'
import { device } from '../groups/mls-frames.ts'
import { sealedForm } from '../groups/sealed-form.ts'
import { departure, signedReset } from '../groups/signed-act.ts'
import { base64, type TestConversation } from './conversation.ts'
import type { Method } from './rest.ts'

/** What an outsider tries on a conversation with nothing but the id, the group's epoch and a message. */
export interface Guess {
  readonly conversation: TestConversation
  readonly messageId: string
  readonly revision: number
}

type Attempt = readonly [method: Method, path: string, body?: object]

/** A guess of which nothing exists, at the same epoch as that of a group that began with two devices. */
export const madeUp = (revision: number): Guess => {
  const conversationId = randomUUID()
  const group = createFakeGroup(conversationId)
  group.begin(device('alice'), [device('bob')])
  return { conversation: { conversationId, group }, messageId: randomUUID(), revision }
}

const numbers = { clientSeq: 1, afterClientSeq: 0 }
const mallorys = { ...device('mallory'), generation: 1, clientSeq: 1 }

const messageTo = ({ conversationId, group }: TestConversation) => ({
  ...{ conversationId, messageId: randomUUID(), ciphertext: group.message('x'), ...numbers },
})

/** Every route that names a conversation or a message; each request is in order but for who makes it, who is `mallory`. */
export const attemptsOn = ({ conversation, messageId, revision }: Guess): readonly Attempt[] => {
  const { conversationId: id, group } = conversation
  const here = { conversationId: id, epoch: group.epoch }
  const message = messageTo(conversation)
  const relating = (kind: string) => ({ ...message, messageId: randomUUID(), relatesTo: { messageId, revision, kind } })
  const { ciphertext: _, ...deletion } = relating('delete')
  return [
    ['GET', `/conversations/${id}`],
    ['GET', `/conversations/${id}/members`],
    ['GET', `/conversations/${id}/members?limit=1`],
    ['GET', `/conversations/${id}/events`],
    ['GET', `/conversations/${id}/events?from=1&limit=1`],
    ['GET', `/conversations/${id}/group-info`],
    ['GET', `/messages?conversationId=${id}`],
    ['GET', `/messages?conversationId=${id}&before=2`],
    ['GET', `/messages?conversationId=${id}&after=1`],
    ['GET', `/messages/${messageId}/receipts`],
    ['POST', '/messages', message],
    ['POST', '/messages', { ...message, ciphertext: base64('no ciphertext') }],
    ['POST', '/messages', { ...message, clientSeq: 7, afterClientSeq: 6 }],
    ...['edit', 'reaction', 'reply'].map((kind): Attempt => ['POST', '/messages', relating(kind)]),
    ['POST', '/messages', deletion],
    ['PATCH', `/conversations/${id}`, { name: sealedForm('x'), ...numbers }],
    ['PATCH', `/conversations/${id}`, { description: sealedForm('x'), ...numbers }],
    ['PATCH', `/conversations/${id}`, { retentionSeconds: 1, ...numbers }],
    ['PATCH', `/conversations/${id}`, { posting: 'admins', ...numbers }],
    ['POST', `/conversations/${id}/commits`, { ...group.join(device('mallory')), ...numbers }],
    ['POST', `/conversations/${id}/commits`, { ...group.commit(device('alice')), ...numbers }],
    ['POST', `/conversations/${id}/group-reset`, { ...signedReset({ ...mallorys, conversationId: id }), ...numbers }],
    [
      'POST',
      `/conversations/${id}/commits`,
      { ...group.commit(device('alice'), { role: { userId: 'alice', role: 'member' } }), ...numbers },
    ],
    ...['alice', 'mallory'].map(
      (gone): Attempt => [
        'DELETE',
        `/conversations/${id}/members/${gone}`,
        departure(device('mallory'), here, gone, numbers),
      ],
    ),
    ['POST', `/conversations/${id}/ack`, { upToSeq: 1, status: 'read' }],
    ['POST', `/conversations/${id}/ack`, { upToSeq: 9999, status: 'delivered' }],
  ]
}

/** The same over the socket. */
export const framesOn = ({ conversation, messageId, revision }: Guess): readonly object[] => {
  const { conversationId } = conversation
  const { ciphertext, ...message } = messageTo(conversation)
  return [
    { type: 'send_message', ciphertext, ...message },
    { type: 'send_message', ciphertext, ...message, clientSeq: 9, afterClientSeq: 8 },
    { type: 'send_message', ...message, relatesTo: { messageId, revision, kind: 'delete' } },
    { type: 'message_ack', conversationId, upToSeq: 1, status: 'read' },
    { type: 'message_ack', conversationId, upToSeq: 9999, status: 'read' },
    { type: 'typing_indicator', conversationId, typing: true },
  ]
}
