import { receipt, wireEvent } from '@backscroll/protocol/server-frames'
import { z } from 'zod'

/** What the routes answer, as OpenAPI shows it and the tests check it. Times are milliseconds since the Unix epoch. */
export const actor = z.object({ userId: z.string(), deviceId: z.string() })
const base64 = z.string().describe('Opaque bytes, base64.')
const role = z.enum(['owner', 'admin', 'member'])

export const lastMessage = z.object({
  conversationId: z.string(),
  messageId: z.string(),
  seq: z.int().describe('Ordinal in the conversation, from 1.'),
  revision: z.int(),
  at: z.int(),
  actor,
  contentType: z.string().nullable(),
  replyTo: z.object({ messageId: z.string(), revision: z.int(), seq: z.int() }).nullable(),
  mediaIds: z.array(z.string()),
  sentAt: z.int().nullable().describe("The sender's clock, for display only."),
  ciphertext: base64.nullable().describe('Of the newest edit, if there is one; null once deleted or expired.'),
  edited: z.object({ messageId: z.string(), revision: z.int(), at: z.int() }).nullable(),
  deleted: z.object({ by: z.string().nullable(), at: z.int().nullable() }).nullable(),
  expired: z.boolean(),
})

export const reaction = z.object({
  messageId: z.string().describe('Of the reaction itself: with `revision`, what its owner names to delete it.'),
  revision: z.int(),
  at: z.int(),
  actor,
  contentType: z.string().nullable(),
  ciphertext: base64.nullable(),
})

export const message = lastMessage.extend({ reactions: z.array(reaction) })

export const facts = z.object({
  conversationId: z.string(),
  kind: z.enum(['direct', 'group']),
  name: base64.nullable(),
  description: base64.nullable(),
  createdAt: z.int(),
  memberCount: z.int(),
  retentionSeconds: z.int().nullable(),
  lastSeq: z.int(),
  lastMessageAt: z.int(),
  lastRevision: z.int(),
})

const nextCursor = z.string().optional().describe('Ask again with it for the next page; absent on the last.')
export const watermarks = z.object({ delivered: z.int(), read: z.int() })

export const conversation = z.object({
  conversation: facts,
  role: role.nullable().describe('Null after you left or were removed.'),
  visibleFrom: z.object({ revision: z.int(), seq: z.int() }),
})

export const inboxEntry = z.object({
  conversation: facts,
  role,
  peer: z.string().nullable().describe('The other user of a direct conversation.'),
  lastMessage: lastMessage.nullable(),
  unread: z.int().describe('100 reads "more than 99".'),
  watermarks,
})

export const blob = z.object({ hash: z.string(), size: z.int() }).describe('Bytes at /conversations/{id}/blobs/{hash}.')

export const welcome = z.object({
  conversationId: z.string(),
  revision: z.int().describe('Of the event that added the device: what an acknowledgement names.'),
  at: z.int(),
  generation: z.int(),
  epoch: z.int(),
  welcome: blob,
})

export const leaf = actor.extend({ leaf: z.int() })

export const groupState = z.object({
  conversationId: z.string(),
  generation: z.int(),
  epoch: z.int(),
  revision: z.int().describe('Of the event that changed the group last.'),
  groupInfo: base64.nullable().describe('Of this epoch; null after a reset, until a first commit.'),
  departures: z.array(z.int()).describe('Revisions of the events since then by which somebody left or was removed.'),
  leaves: z.array(leaf),
  pendingRemovals: z.array(actor).describe('What the next commit must remove.'),
})

export const snapshotEntry = inboxEntry.extend({
  revision: z.int().describe('Everything up to this revision is contained; events follow from the next one on.'),
  messages: z.array(message).describe('The newest, in ascending order of `seq`.'),
  receipts: z.array(receipt),
  welcome: welcome.nullable().describe('How this device gets into the encryption group, where it is not in yet.'),
})

export const snapshotPage = z.object({
  conversations: z.array(snapshotEntry),
  checkpoint: z.string().describe('The same on every page: connect or sync with it once the last page is stored.'),
  cursor: nextCursor,
})

export const welcomePage = z.object({ items: z.array(welcome), cursor: nextCursor })
export const inboxPage = z.object({ items: z.array(inboxEntry), cursor: nextCursor })
export const member = z.object({
  userId: z.string(),
  role,
  invited: z.boolean().describe('Was asked, and has not agreed yet.'),
})
export const memberPage = z.object({ items: z.array(member), cursor: nextCursor })

export const messagePage = z.object({
  messages: z.array(message).describe('In ascending order of `seq`.'),
  more: z.boolean().describe('There are others beyond, in the direction of reading.'),
})

export const eventPage = z.object({
  events: z.array(wireEvent),
  next: z.int().optional().describe('Ask again `from` it; absent at the end.'),
})

export const messageReceipt = actor.extend({ deliveredAt: z.int().nullable(), readAt: z.int().nullable() })

export const messageReceipts = z.object({
  conversationId: z.string(),
  seq: z.int(),
  items: z.array(messageReceipt),
  cursor: nextCursor,
})
