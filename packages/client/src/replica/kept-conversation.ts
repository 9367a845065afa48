import { posting } from '@backscroll/protocol/posting'
import type { InboxEntry } from '@backscroll/protocol/rest/inbox'
import type { WireEvent } from '@backscroll/protocol/server-frames'
import { z } from 'zod'

const role = z.enum(['owner', 'admin', 'member'])

/** What this device stores about a conversation, except its name, which is stored with the group's details. */
export const keptConversation = z.object({
  conversationId: z.string(),
  kind: z.enum(['direct', 'group']),
  /** The other user of a direct conversation; null for a group. */
  peer: z.string().nullable(),
  /** Null if this user is no longer a member. */
  role: role.nullable(),
  createdAt: z.int(),
  memberCount: z.int(),
  retentionSeconds: z.int().nullable(),
  /** Undefined in records that earlier versions stored. */
  posting: posting.default('everyone'),
  lastSeq: z.int(),
  lastMessageAt: z.int(),
  lastRevision: z.int(),
  /** The log position of the newest event. Requests send it so that the server's views include at least that event. */
  lastPosition: z.string().optional(),
  /**
   * Every message from this number on that this user may see is stored here. 0: the whole history; `unknown`:
   * nothing yet.
   */
  completeFrom: z.int(),
  /** This user's watermarks: the highest over all of the user's devices. */
  delivered: z.int(),
  read: z.int(),
  unread: z.int(),
  /** How many of the unread messages are older than what is stored here, by the server's count. */
  unreadBefore: z.int(),
  /** The numbers of unread messages that name this user: the newest 100. Undefined in records of earlier versions. */
  mentionedIn: z.array(z.int()).default([]),
})

export type KeptConversation = z.output<typeof keptConversation>

const person = z.object({ userId: z.string(), role: role.optional() })
const started = z.object({ kind: z.enum(['direct', 'group']), members: z.array(person) })
const joined = z.object({ members: z.array(person), lastSeq: z.int().default(0) })
const someone = z.object({ userId: z.string() })
const roleChange = z.object({ userId: z.string(), role })
const postingChange = z.object({ posting })
const retention = z.object({ seconds: z.int().nullable() })

export const unknown = Number.MAX_SAFE_INTEGER

/**
 * The value of `completeFrom` when nothing up to `lastSeq` is stored. A server may send an absurdly large number;
 * the result is still a safe integer.
 */
export const completeAfter = (lastSeq: number): number => Math.min(unknown, lastSeq + 1)

type Fold = (before: KeptConversation, event: WireEvent, me: string) => KeptConversation

const fresh = ({ stream, at, revision, position }: WireEvent): KeptConversation => ({
  ...{ conversationId: stream.id, kind: 'group', peer: null, role: 'member', createdAt: at, memberCount: 0 },
  ...{
    retentionSeconds: null,
    posting: 'everyone',
    lastSeq: 0,
    lastMessageAt: at,
    lastRevision: revision,
    lastPosition: position,
  },
  ...{ completeFrom: unknown, delivered: 0, read: 0, unread: 0, unreadBefore: 0, mentionedIn: [] },
})

const begun: Fold = (before, event, me) => {
  const data = started.safeParse(event.data).data
  if (data === undefined) return before
  const own = data.members.find(({ userId }) => userId === me)
  const other = data.members.find(({ userId }) => userId !== me)?.userId ?? me
  const facts = { kind: data.kind, peer: data.kind === 'direct' ? other : null, memberCount: data.members.length }
  return { ...before, ...facts, role: own?.role ?? 'member', createdAt: event.at, completeFrom: 0 }
}

/** A new member sees only what is sent after joining. */
const entered: Fold = (before, event, me) => {
  const data = joined.safeParse(event.data).data
  if (data === undefined) return before
  const own = data.members.find(({ userId }) => userId === me)
  const memberCount = before.memberCount + data.members.length
  const lastSeq = Math.max(before.lastSeq, data.lastSeq)
  if (own === undefined) return { ...before, memberCount }
  const completeFrom = before.completeFrom === unknown ? 0 : before.completeFrom
  return { ...before, memberCount, lastSeq, completeFrom, role: own.role ?? 'member' }
}

const left: Fold = (before, event, me) => {
  const userId = someone.safeParse(event.data).data?.userId
  const memberCount = Math.max(0, before.memberCount - 1)
  return { ...before, memberCount, role: userId === me ? null : before.role }
}

const folds: Readonly<Record<string, Fold>> = {
  ConversationStarted: begun,
  MembersAdded: entered,
  MemberLeft: left,
  MemberRemoved: left,
  ConversationDeleted: (before) => ({ ...before, role: null, memberCount: 0 }),
  RoleChanged: (before, { data }, me) => {
    const parsed = roleChange.safeParse(data).data
    return parsed?.userId === me ? { ...before, role: parsed.role } : before
  },
  RetentionChanged: (before, { data }) => {
    const parsed = retention.safeParse(data).data
    return parsed === undefined ? before : { ...before, retentionSeconds: parsed.seconds }
  },
  PostingChanged: (before, { data }) => {
    const parsed = postingChange.safeParse(data).data
    return parsed === undefined ? before : { ...before, posting: parsed.posting }
  },
  MessageSent: (before, { data, at }) => {
    const lastSeq = Number(data.seq)
    return { ...before, lastSeq, lastMessageAt: at, completeFrom: Math.min(before.completeFrom, lastSeq) }
  },
}

/** Applies an event to a conversation, or starts a new record if the conversation is not known yet. */
export const moved = (known: KeptConversation | undefined, event: WireEvent, me: string): KeptConversation => {
  const before = known ?? fresh(event)
  const fold = Object.hasOwn(folds, event.type) ? folds[event.type] : undefined
  const after = fold?.(before, event, me) ?? before
  return { ...after, lastRevision: event.revision, lastPosition: event.position }
}

/** Builds the record from the server's data. `completeFrom`: the number of the first message that came with it. */
export const conversationFromServer = (
  { conversation, role, peer, unread, watermarks }: InboxEntry,
  completeFrom: number,
): KeptConversation => {
  const { name: _name, description: _description, ...facts } = conversation
  return { ...facts, role, peer, unread, ...watermarks, completeFrom, unreadBefore: unread, mentionedIn: [] }
}
