import type { ConversationCommand, TargetFacts } from '../../../src/domain/conversation/commands.ts'
import { decide } from '../../../src/domain/conversation/decider.ts'
import type { ConversationEvent, Role } from '../../../src/domain/conversation/events.ts'
import { evolve, initialState } from '../../../src/domain/conversation/state.ts'
import { type Actor, deviceId, type MessageId, messageId, userId } from '../../../src/domain/ids.ts'
import { specify } from '../../support/decider-specification.ts'

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

/** By default the first command of its device: the events given in examples carry no numbers. */
export const command = (
  actor: Actor,
  body: CommandBody,
  clientSeq = 1,
  afterClientSeq = clientSeq - 1,
): ConversationCommand => ({ ...body, actor, at, clientSeq, afterClientSeq })

export const message = (number: number): CommandBody => ({ type: 'SendMessage', messageId: messageNo(number) })

/** Alice opened a group; the others are in it, with these roles. */
export const group = (...others: readonly (readonly [Actor, Role])[]): ConversationEvent => ({
  type: 'ConversationStarted',
  at,
  actor: alice,
  data: {
    kind: 'group',
    members: [{ userId: alice.userId, role: 'owner' }, ...others.map(([{ userId }, role]) => ({ userId, role }))],
  },
})

export const direct: ConversationEvent = {
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

export const sent = (actor: Actor, number: number, clientSeq?: number): ConversationEvent => ({
  type: 'MessageSent',
  at,
  actor,
  data: { messageId: messageNo(number), seq: number, ...(clientSeq !== undefined && { clientSeq }) },
})

/** What a handler reads about message `number` of `group`/`direct`, sent right after the start: it stands at revision `number`. */
export const facts = (sender: Actor, number: number, more: Partial<TargetFacts> = {}): TargetFacts => ({
  messageId: messageNo(number),
  revision: number,
  seq: number,
  sender: sender.userId,
  kind: 'message',
  deleted: false,
  ...more,
})

export const relating = (kind: 'reply' | 'edit' | 'delete' | 'reaction', target: TargetFacts): CommandBody => ({
  type: 'SendMessage',
  messageId: messageNo(99),
  relatesTo: { kind, messageId: target.messageId, revision: target.revision, target },
})

export const left = (actor: Actor, lastSeq = 0): ConversationEvent => ({
  type: 'MemberLeft',
  at,
  actor,
  data: { userId: actor.userId, lastSeq },
})
