import type { InboxEntry } from '@backscroll/protocol/rest/inbox'
import type { WireEvent } from '@backscroll/protocol/server-frames'
import { z } from 'zod'

const role = z.enum(['owner', 'admin', 'member'])

/** What this device keeps about a conversation. Its name is with the group's details. */
export const keptConversation = z.object({
  conversationId: z.string(),
  kind: z.enum(['direct', 'group']),
  /** The other user of a direct conversation. */
  peer: z.string().nullable(),
  /** Null: this user is in it no more. */
  role: role.nullable(),
  createdAt: z.int(),
  memberCount: z.int(),
  retentionSeconds: z.int().nullable(),
  lastSeq: z.int(),
  lastMessageAt: z.int(),
  lastRevision: z.int(),
  /** Of the newest event: the server's views may be asked to contain it. */
  lastPosition: z.string().optional(),
  /** All messages from this number on that this user may see are kept here; 0: all there are; `unknown`: none yet. */
  completeFrom: z.int(),
  /** Watermarks of the user, the furthest of all own devices. */
  delivered: z.int(),
  read: z.int(),
  unread: z.int(),
  /** Those among them that are older than what is kept, as the server has counted. */
  unreadBefore: z.int(),
})

export type KeptConversation = z.output<typeof keptConversation>

const person = z.object({ userId: z.string(), role: role.optional() })
const started = z.object({ kind: z.enum(['direct', 'group']), members: z.array(person) })
const joined = z.object({ members: z.array(person), lastSeq: z.int().default(0) })
const someone = z.object({ userId: z.string() })
const roleChange = z.object({ userId: z.string(), role })
const retention = z.object({ seconds: z.int().nullable() })

export const unknown = Number.MAX_SAFE_INTEGER

/** Where nothing up to `lastSeq` is kept. What a server says of numbers beyond all use is still a number. */
export const completeAfter = (lastSeq: number): number => Math.min(unknown, lastSeq + 1)

type Fold = (before: KeptConversation, event: WireEvent, me: string) => KeptConversation

const fresh = ({ stream, at, revision, position }: WireEvent): KeptConversation => ({
  ...{ conversationId: stream.id, kind: 'group', peer: null, role: 'member', createdAt: at, memberCount: 0 },
  ...{ retentionSeconds: null, lastSeq: 0, lastMessageAt: at, lastRevision: revision, lastPosition: position },
  ...{ completeFrom: unknown, delivered: 0, read: 0, unread: 0, unreadBefore: 0 },
})

const begun: Fold = (before, event, me) => {
  const data = started.safeParse(event.data).data
  if (data === undefined) return before
  const own = data.members.find(({ userId }) => userId === me)
  const other = data.members.find(({ userId }) => userId !== me)?.userId ?? me
  const facts = { kind: data.kind, peer: data.kind === 'direct' ? other : null, memberCount: data.members.length }
  return { ...before, ...facts, role: own?.role ?? 'member', createdAt: event.at, completeFrom: 0 }
}

/** Who comes in sees what is said from then on. */
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
  RoleChanged: (before, { data }, me) => {
    const parsed = roleChange.safeParse(data).data
    return parsed?.userId === me ? { ...before, role: parsed.role } : before
  },
  RetentionChanged: (before, { data }) => {
    const parsed = retention.safeParse(data).data
    return parsed === undefined ? before : { ...before, retentionSeconds: parsed.seconds }
  },
  MessageSent: (before, { data, at }) => {
    const lastSeq = Number(data.seq)
    return { ...before, lastSeq, lastMessageAt: at, completeFrom: Math.min(before.completeFrom, lastSeq) }
  },
}

/** The conversation after an event of it; of one that is not known yet too. */
export const moved = (known: KeptConversation | undefined, event: WireEvent, me: string): KeptConversation => {
  const before = known ?? fresh(event)
  const fold = Object.hasOwn(folds, event.type) ? folds[event.type] : undefined
  const after = fold?.(before, event, me) ?? before
  return { ...after, lastRevision: event.revision, lastPosition: event.position }
}

/** As the server tells it. `completeFrom`: the first number of the messages that came with it. */
export const conversationFromServer = (
  { conversation, role, peer, unread, watermarks }: InboxEntry,
  completeFrom: number,
): KeptConversation => {
  const { name: _name, description: _description, ...facts } = conversation
  return { ...facts, role, peer, unread, ...watermarks, completeFrom, unreadBefore: unread }
}
