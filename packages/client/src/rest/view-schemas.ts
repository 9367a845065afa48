import { receipt } from '@backscroll/protocol/server-frames'
import { z } from 'zod'

/** What REST answers. Fields that a newer server adds are ignored. Times are milliseconds since the Unix epoch; names and bodies base64. */
const actor = z.object({ userId: z.string(), deviceId: z.string() })
const role = z.enum(['owner', 'admin', 'member'])

const lastMessage = z.object({
  conversationId: z.string(),
  messageId: z.string(),
  seq: z.int(),
  revision: z.int(),
  at: z.int(),
  actor,
  contentType: z.string().nullable(),
  replyTo: z.object({ messageId: z.string(), revision: z.int(), seq: z.int() }).nullable(),
  mediaIds: z.array(z.string()),
  sentAt: z.int().nullable(),
  /** The ciphertext of the newest edit; null once deleted or expired. */
  ciphertext: z.string().nullable(),
  edited: z.object({ messageId: z.string(), revision: z.int(), at: z.int() }).nullable(),
  deleted: z.object({ by: z.string().nullable(), at: z.int().nullable() }).nullable(),
  expired: z.boolean(),
})

const reaction = z.object({
  /** The id of the reaction itself: with `revision`, what its owner names to delete it. */
  messageId: z.string(),
  revision: z.int(),
  at: z.int(),
  actor,
  contentType: z.string().nullable(),
  ciphertext: z.string().nullable(),
})

const message = lastMessage.extend({ reactions: z.array(reaction) })

const facts = z.object({
  conversationId: z.string(),
  kind: z.enum(['direct', 'group']),
  name: z.string().nullable(),
  description: z.string().nullable(),
  createdAt: z.int(),
  memberCount: z.int(),
  retentionSeconds: z.int().nullable(),
  lastSeq: z.int(),
  lastMessageAt: z.int(),
  lastRevision: z.int(),
})

export const conversation = z.object({
  conversation: facts,
  /** Null after you left or were removed. */
  role: role.nullable(),
  visibleFrom: z.object({ revision: z.int(), seq: z.int() }),
})

const inboxEntry = z.object({
  conversation: facts,
  role,
  /** The other user of a direct conversation. */
  peer: z.string().nullable(),
  lastMessage: lastMessage.nullable(),
  /** Counted up to a cap: 100 reads "more than 99". */
  unread: z.int(),
  watermarks: z.object({ delivered: z.int(), read: z.int() }),
})

const welcome = z.object({
  conversationId: z.string(),
  revision: z.int(),
  generation: z.int(),
  welcome: z.object({ hash: z.string() }),
})

const snapshotConversation = inboxEntry.extend({
  /** Everything up to this revision is contained. */
  revision: z.int(),
  /** The newest, in ascending order of `seq`. */
  messages: z.array(message),
  receipts: z.array(receipt),
  /** How this device gets into the encryption group, where it is not in yet. */
  welcome: welcome.nullable().optional(),
})

/** `invited`: was asked, and has not agreed yet. */
const member = z.object({ userId: z.string(), role, invited: z.boolean().default(false) })
const messageReceipt = z.object({
  userId: z.string(),
  deviceId: z.string(),
  deliveredAt: z.int().nullable(),
  readAt: z.int().nullable(),
})

const cursor = z.string().optional()
export const inboxPage = z.object({ items: z.array(inboxEntry), cursor })
export const memberPage = z.object({ items: z.array(member), cursor })
export const receiptPage = z.object({ items: z.array(messageReceipt), cursor })
export const messagePage = z.object({ messages: z.array(message), more: z.boolean() })
export const snapshotPage = z.object({ conversations: z.array(snapshotConversation), checkpoint: z.string(), cursor })

/** The answer to a group command. */
export const commandResult = z.object({
  conversationId: z.string(),
  revision: z.int(),
  position: z.string(),
  acceptedAt: z.int(),
  duplicate: z.boolean(),
})

const openness = z.enum(['everyone', 'known', 'nobody'])
/** Who comes in without asking; `known`: people with whom the user is in a conversation. */
export const consentSettings = z.object({ direct: openness, groups: openness })
const conversationRequest = z.object({
  conversationId: z.string(),
  kind: z.enum(['direct', 'group']),
  /** Who has put the user into it. */
  from: z.string(),
  /** Server time, milliseconds since the Unix epoch. */
  at: z.int(),
})
export const requestList = z.object({ items: z.array(conversationRequest) })
const block = z.object({ userId: z.string(), since: z.int() })
export const blockList = z.object({ items: z.array(block) })

export type ConsentSettings = z.output<typeof consentSettings>
export type ConversationRequest = z.output<typeof conversationRequest>
export type Block = z.output<typeof block>
export type Message = z.output<typeof message>
export type Conversation = z.output<typeof conversation>
export type InboxEntry = z.output<typeof inboxEntry>
export type SnapshotConversation = z.output<typeof snapshotConversation>
export type SnapshotPage = z.output<typeof snapshotPage>
export type Member = z.output<typeof member>
export type MessageReceipt = z.output<typeof messageReceipt>
