import fc from 'fast-check'
import { encodeConversationEvents, encodeServerEvent } from '../../../src/codec/conversation-codec.ts'
import { encodeReceiptsEvent } from '../../../src/codec/receipts-codec.ts'
import { encodeUserEvent } from '../../../src/codec/user-codec.ts'
import { targetFacts } from '../../../src/commands/rules/target-facts.ts'
import type { ConversationCommand } from '../../../src/domain/conversation/conversation-commands.ts'
import { decide } from '../../../src/domain/conversation/conversation-decider.ts'
import { evolve, initialState } from '../../../src/domain/conversation/conversation-state.ts'
import { askDeviceRemoval } from '../../../src/domain/conversation/groups/group-commits.ts'
import { deviceId, messageId, userId } from '../../../src/domain/ids.ts'
import { decideReceipts, decideWelcome } from '../../../src/domain/receipts/receipts-decider.ts'
import { evolveReceipts, initialReceipts } from '../../../src/domain/receipts/receipts-state.ts'
import type { EventLog } from '../../../src/ports/event-log.ts'
import { beginningOf, commitOf } from '../domain/generated-groups.ts'
import { appendAtEnd } from '../event-log/append-at-end.ts'

const kinds = [
  'send',
  'send',
  'send',
  'reply',
  'edit',
  'delete',
  'reaction',
  'reaction',
  'remove',
  'leave',
  'commit',
  'commit',
  'commit',
] as const
const rareKinds = [
  'revoke',
  'welcome',
  'role',
  'rename',
  'describe',
  'retention',
  'posting',
  'receipts',
  'receipts',
  'mark',
] as const

/** One thing that somebody tries; numbers choose among what there is when it is tried. */
export interface Attempt {
  readonly kind: (typeof kinds)[number] | (typeof rareKinds)[number]
  readonly conversation: number
  readonly user: number
  readonly device: number
  readonly other: number
  readonly pick: number
}

const attempt: fc.Arbitrary<Attempt> = fc.record({
  kind: fc.constantFrom(...kinds, ...rareKinds),
  conversation: fc.nat(1),
  user: fc.nat(3),
  device: fc.nat(1),
  other: fc.nat(3),
  pick: fc.nat(1000),
})

/** Long ones: the generator's own taste is for arrays too short for anything to happen. */
export const attempts = (maxLength: number): fc.Arbitrary<Attempt[]> =>
  fc.array(attempt, { minLength: Math.ceil(maxLength / 2), maxLength, size: 'max' })

const uuid = (n: number): string => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`

/** Lets users attempt things in group conversations of `log`, through the real deciders; what they refuse does not happen. */
export const createHistory = (log: EventLog) => {
  const conversations = Array.from({ length: 2 }, (_, at) => ({
    id: uuid(at + 1),
    state: initialState(),
    receipts: initialReceipts(),
    /** Revisions of messages and reactions, with their ids. */
    targets: [] as { readonly revision: number; readonly messageId: string }[],
  }))
  let made = 0
  let at = 1_000

  const relation = async (conversation: (typeof conversations)[number], { kind, pick }: Attempt) => {
    if (kind !== 'reply' && kind !== 'edit' && kind !== 'delete' && kind !== 'reaction') return undefined
    const chosen = conversation.targets[pick % Math.max(1, conversation.targets.length)]
    if (chosen === undefined) return undefined
    const reference = { messageId: messageId(chosen.messageId), revision: chosen.revision }
    const target = await targetFacts(log, `conversation-${conversation.id}`, reference)
    return { kind, ...reference, ...(target !== undefined && { target }) }
  }

  const commandOf = async (
    conversation: (typeof conversations)[number],
    tried: Attempt,
  ): Promise<ConversationCommand> => {
    const { state } = conversation
    const actor = { userId: userId(`user${tried.user}`), deviceId: deviceId(`device${tried.device}`) }
    const last = state.devices.byKey.get(`${actor.userId}/${actor.deviceId}`)?.last ?? 0
    const stamp = { actor, at, clientSeq: last + 1 + (tried.pick % 2), afterClientSeq: last }
    const other = userId(`user${tried.other}`)
    if (!state.exists) {
      const members = [other, userId(`user${(tried.other + 1) % 4}`)]
      return { type: 'StartGroup', ...stamp, members, group: beginningOf({ stamp, other, pick: tried.pick }) }
    }
    switch (tried.kind) {
      case 'remove':
        return { type: 'RemoveMember', ...stamp, userId: other }
      case 'leave':
        return { type: 'LeaveConversation', ...stamp }
      case 'commit':
        return commitOf(state, { stamp, other, pick: tried.pick })
      case 'role':
        return { type: 'ChangeRole', ...stamp, userId: other, role: tried.pick % 2 === 0 ? 'owner' : 'admin' }
      case 'rename':
        return { type: 'RenameConversation', ...stamp, name: `name${made}` }
      case 'describe':
        return { type: 'DescribeConversation', ...stamp, description: `text${made}` }
      case 'posting':
        return { type: 'ChangePosting', ...stamp, posting: tried.pick % 4 === 0 ? 'admins' : 'everyone' }
      case 'retention':
        return { type: 'ChangeRetention', ...stamp, seconds: tried.pick }
      default: {
        const relatesTo = await relation(conversation, tried)
        return {
          type: 'SendMessage',
          ...stamp,
          messageId: messageId(uuid(made + 100)),
          ...(state.mls && { encrypted: state.mls }),
          ...(relatesTo && { relatesTo }),
        }
      }
    }
  }

  const perform = async (conversation: (typeof conversations)[number], tried: Attempt): Promise<void> => {
    const command = await commandOf(conversation, tried)
    const decision = decide(conversation.state, command)
    // Without a start there is no history, and nothing would be tested.
    if (command.type === 'StartGroup' && decision.kind !== 'accepted') throw new Error('a start was refused')
    if (decision.kind !== 'accepted') return
    for (const event of decision.events) {
      evolve(conversation.state, event)
      if (event.type !== 'MessageSent' && event.type !== 'MessageReacted') continue
      conversation.targets.push({ revision: conversation.state.revision, messageId: event.data.messageId })
    }
    const encoded = encodeConversationEvents(decision.events, `body-${made}-`)
    await appendAtEnd(log, `conversation-${conversation.id}`, encoded)
  }

  const receipts = async (conversation: (typeof conversations)[number], tried: Attempt): Promise<void> => {
    const device = { userId: userId(`user${tried.user}`), deviceId: deviceId(`device${tried.device}`) }
    const { lastSeq } = conversation.state
    const upTo = lastSeq === 0 ? 0 : (tried.pick % lastSeq) + 1
    const entries = [tried.other % 2 === 0 ? { ...device, delivered: upTo } : { ...device, read: upTo }]
    const decision = decideReceipts(conversation.receipts, entries, lastSeq, at)
    if (decision.kind !== 'accepted') return
    for (const event of decision.events) {
      evolveReceipts(conversation.receipts, event)
      await appendAtEnd(log, `receipts-${conversation.id}`, [encodeReceiptsEvent(event, `r${made}`)])
    }
  }

  /** A device is revoked; its removal is asked of the group. */
  const revoke = async (conversation: (typeof conversations)[number], tried: Attempt): Promise<void> => {
    const device = { userId: userId(`user${tried.user}`), deviceId: deviceId(`device${tried.device}`) }
    const asked = askDeviceRemoval(conversation.state, { type: 'AskDeviceRemoval', at, actor: device, device })
    for (const event of asked) {
      evolve(conversation.state, event)
      await appendAtEnd(log, `conversation-${conversation.id}`, [encodeServerEvent(event, `removal-${made}`)])
    }
  }

  const welcome = async (conversation: (typeof conversations)[number], tried: Attempt): Promise<void> => {
    const device = { userId: userId(`user${tried.user}`), deviceId: deviceId(`device${tried.device}`) }
    const revision = tried.pick % (conversation.state.revision + 2)
    const decision = decideWelcome(conversation.receipts, { ...device, revision }, at)
    if (decision.kind !== 'accepted') return
    for (const event of decision.events) {
      evolveReceipts(conversation.receipts, event)
      await appendAtEnd(log, `receipts-${conversation.id}`, [encodeReceiptsEvent(event, `r${made}`)])
    }
  }

  /** A user marks the conversation, and takes that back. */
  const mark = async (conversation: (typeof conversations)[number], tried: Attempt): Promise<void> => {
    const actor = { userId: userId(`user${tried.user}`), deviceId: deviceId(`device${tried.device}`) }
    const pinned = tried.pick % 2 === 0
    const change = tried.other % 2 === 0 ? { pinned } : { mutedUntil: pinned ? tried.pick : null, unread: pinned }
    const data = { conversationId: conversation.id, ...change }
    const about = { conversationId: conversation.id, messageId: uuid(tried.pick % 5) }
    const ofStar = pinned
      ? ({ type: 'MessageStarred', at, actor, data: { ...about, seq: 1 } } as const)
      : ({ type: 'MessageUnstarred', at, actor, data: about } as const)
    const events = [{ type: 'ConversationMarked', at, actor, data } as const, ofStar]
    const encoded = events.map((event, index) => encodeUserEvent(event, `m${made}-${index}`))
    await appendAtEnd(log, `user-${actor.userId}`, encoded)
  }

  const ways: Partial<Record<Attempt['kind'], typeof perform>> = { receipts, revoke, welcome, mark }

  return {
    async attempt(tried: Attempt): Promise<void> {
      const conversation = conversations[tried.conversation]
      if (conversation === undefined) return
      made += 1
      at += 7
      await (ways[tried.kind] ?? perform)(conversation, tried)
    },
  }
}
