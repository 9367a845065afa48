import type {
  ConversationCommand,
  SendMessage,
  TargetFacts,
} from '../../../../src/domain/conversation/conversation-commands.ts'
import { decide } from '../../../../src/domain/conversation/conversation-decider.ts'
import type { ConversationEvent } from '../../../../src/domain/conversation/conversation-events.ts'
import { evolve, initialState } from '../../../../src/domain/conversation/conversation-state.ts'
import type { GroupBeginning, GroupPlace } from '../../../../src/domain/conversation/groups/group.ts'
import type { Role } from '../../../../src/domain/conversation/members/role.ts'
import { type Actor, deviceId, type MessageId, messageId, userId } from '../../../../src/domain/ids.ts'
import { specify } from '../../../support/domain/decider-specification.ts'

export const { given } = specify({ initialState, evolve, decide })

export const at = 1_700_000_000_000
export const alice: Actor = { userId: userId('alice'), deviceId: deviceId('phone') }
export const aliceTablet: Actor = { userId: alice.userId, deviceId: deviceId('tablet') }
export const bob: Actor = { userId: userId('bob'), deviceId: deviceId('phone') }
export const carol: Actor = { userId: userId('carol'), deviceId: deviceId('phone') }
export const dave: Actor = { userId: userId('dave'), deviceId: deviceId('phone') }

export const messageNo = (number: number): MessageId =>
  messageId(`018f0000-0000-7000-8000-${String(number).padStart(12, '0')}`)

type Body<Command> = Command extends unknown ? Omit<Command, 'actor' | 'at' | 'clientSeq' | 'afterClientSeq'> : never
export type CommandBody = Body<ConversationCommand>
export type MessageBody = Body<SendMessage>
type Relation = NonNullable<SendMessage['relatesTo']>

/** By default the first command of its device: the events given in examples carry no numbers. */
export const command = (
  actor: Actor,
  body: CommandBody,
  clientSeq = 1,
  afterClientSeq = clientSeq - 1,
): ConversationCommand => ({ ...body, actor, at, clientSeq, afterClientSeq })

/** Blobs of a commit that is small, and welcomes nobody. */
export const refs = {
  commit: null,
  welcome: null,
  groupInfo: { hash: 'a'.repeat(64), size: 1 },
}

/** A group in which only its maker's device is. */
export const alone: GroupBeginning = {
  addDevices: [],
  commit: { facts: null, groupInfo: { generation: 0, epoch: 0 }, welcomed: 0, refs },
}

/** Data of the commit that `alone` leads to. */
export const begunBy = (maker: Actor) => ({
  generation: 0,
  epoch: 0,
  external: false,
  added: [{ ...maker, leaf: 0 }],
  removed: [],
  ...refs,
})

const withGroup = (started: ConversationEvent): readonly ConversationEvent[] => [
  started,
  { type: 'GroupCommitted', at, actor: alice, data: begunBy(alice) },
]

const epoch0: GroupPlace = { generation: 0, epoch: 0 }

/** Encrypted to the group that `group` and `direct` begin with. */
export const message = (number: number): MessageBody => ({
  type: 'SendMessage',
  messageId: messageNo(number),
  encrypted: epoch0,
})

/** Alice opened a group, which has no encryption group yet; the others are in it, with these roles. */
export const started = (...others: readonly (readonly [Actor, Role])[]): ConversationEvent => ({
  type: 'ConversationStarted',
  at,
  actor: alice,
  data: {
    kind: 'group',
    members: [{ userId: alice.userId, role: 'owner' }, ...others.map(([{ userId }, role]) => ({ userId, role }))],
  },
})

export const startedDirect: ConversationEvent = {
  type: 'ConversationStarted',
  at,
  actor: alice,
  data: {
    kind: 'direct',
    members: [
      { userId: alice.userId, role: 'member' },
      { userId: bob.userId, role: 'member' },
    ],
  },
}

/** The same, with an encryption group in which only Alice's phone is. */
export const group = (...others: readonly (readonly [Actor, Role])[]) => withGroup(started(...others))
export const direct = withGroup(startedDirect)

export const sent = (actor: Actor, number: number, clientSeq?: number): ConversationEvent => ({
  type: 'MessageSent',
  at,
  actor,
  data: { messageId: messageNo(number), seq: number, ...(clientSeq !== undefined && { clientSeq }) },
})

/** What a handler reads about message `number` of `group`/`direct`, sent right after the start: it stands at revision `number + 1`. */
export const facts = (sender: Actor, number: number, more: Partial<TargetFacts> = {}): TargetFacts => ({
  messageId: messageNo(number),
  revision: number + 1,
  seq: number,
  sender: sender.userId,
  kind: 'message',
  deleted: false,
  ...more,
})

/** A deletion has no body, so it is not encrypted. */
export const relating = (kind: Relation['kind'], target: TargetFacts): MessageBody => ({
  type: 'SendMessage',
  messageId: messageNo(99),
  ...(kind !== 'delete' && { encrypted: epoch0 }),
  relatesTo: { kind, messageId: target.messageId, revision: target.revision, target },
})

export const left = (actor: Actor, lastSeq = 0): ConversationEvent => ({
  type: 'MemberLeft',
  at,
  actor,
  data: { userId: actor.userId, lastSeq },
})
