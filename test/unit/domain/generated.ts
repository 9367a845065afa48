import fc from 'fast-check'
import type { ConversationCommand, TargetFacts } from '../../../src/domain/conversation/commands.ts'
import { decide } from '../../../src/domain/conversation/decider.ts'
import type { ConversationEvent } from '../../../src/domain/conversation/events.ts'
import { deviceKey } from '../../../src/domain/conversation/exactly-once.ts'
import { type ConversationState, evolve, initialState } from '../../../src/domain/conversation/state.ts'
import { alice, aliceTablet, bob, type CommandBody, carol, command, dave, messageNo } from './examples.ts'

/** Random commands that make sense often enough, and the histories that they lead to. */
export const actors = [alice, aliceTablet, bob, carol, dave] as const
const userIds = [alice.userId, bob.userId, carol.userId, dave.userId] as const

const anyUser = fc.constantFrom(...userIds)
const anyRole = fc.constantFrom('owner', 'admin', 'member')
const few = fc.array(anyUser, { maxLength: 3 })

/** `pick` chooses among the messages and reactions of the history, so that relations mostly hold. */
const relation = fc.record({
  kind: fc.constantFrom('reply', 'edit', 'delete', 'reaction'),
  pick: fc.nat(30),
})
type Relation = typeof relation extends fc.Arbitrary<infer Value> ? Value : never

const sending = fc.record({ peer: fc.option(anyUser, { freq: 5 }), relation: fc.option(relation) })

const others: fc.Arbitrary<CommandBody> = fc.oneof(
  fc.record({ type: fc.constant('StartGroup' as const), members: few }),
  fc.record({ type: fc.constant('StartDirect' as const), peer: anyUser }),
  fc.record({ type: fc.constant('AddMembers' as const), userIds: few }),
  fc.record({ type: fc.constant('RemoveMember' as const), userId: anyUser }),
  fc.record({ type: fc.constant('LeaveConversation' as const) }),
  fc.record({ type: fc.constant('ChangeRole' as const), userId: anyUser, role: anyRole }),
  fc.record({ type: fc.constant('RenameConversation' as const), name: fc.constant('bmFtZQ==') }),
  fc.record({ type: fc.constant('DescribeConversation' as const), description: fc.constant('ZA==') }),
  fc.record({ type: fc.constant('ChangeRetention' as const), seconds: fc.constantFrom(null, 60) }),
)

const targetsOf = (history: readonly ConversationEvent[]): readonly TargetFacts[] =>
  history.flatMap((event, revision): readonly TargetFacts[] => {
    const { messageId, sender } = { messageId: messageNo(revision), sender: event.actor.userId }
    const found = { revision, sender, deleted: false }
    if (event.type === 'MessageSent') {
      return [{ ...found, messageId: event.data.messageId, seq: event.data.seq, kind: 'message' }]
    }
    if (event.type !== 'MessageReacted') return []
    return [{ ...found, messageId: event.data.messageId ?? messageId, seq: event.data.target.seq, kind: 'reaction' }]
  })

const relatesTo = (history: readonly ConversationEvent[], { kind, pick }: Relation) => {
  const targets = targetsOf(history)
  const target = targets[pick % (targets.length + 1)]
  const { messageId, revision } = target ?? { messageId: messageNo(0), revision: 0 }
  return { kind, messageId, revision, ...(target !== undefined && { target }) }
}

/** A command without a number: what it refers to is looked up in the history when it is made. */
export type Wish = (history: readonly ConversationEvent[], messageNumber: number) => CommandBody

export const wish: fc.Arbitrary<Wish> = fc.oneof(
  {
    weight: 3,
    arbitrary: others.map(
      (body): Wish =>
        () =>
          body,
    ),
  },
  {
    weight: 4,
    arbitrary: sending.map(
      ({ peer, relation }): Wish =>
        (history, messageNumber) => ({
          type: 'SendMessage',
          messageId: messageNo(messageNumber),
          ...(peer !== null && { peer }),
          ...(relation !== null && { relatesTo: relatesTo(history, relation) }),
        }),
    ),
  },
)

export const step = fc.record({ actor: fc.constantFrom(...actors), wish, skip: fc.nat(2) })
export type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never

export interface Run {
  readonly state: ConversationState
  readonly history: readonly ConversationEvent[]
  readonly codes: readonly (readonly [ConversationCommand['type'], string])[]
}

/** Decides each step in turn, well numbered, and folds what is accepted. */
export const play = (steps: readonly Step[]): Run => {
  const history: ConversationEvent[] = []
  const codes: [ConversationCommand['type'], string][] = []
  let state = initialState()
  for (const [index, { actor, wish, skip }] of steps.entries()) {
    const last = state.devices.byKey.get(deviceKey(actor))?.last ?? 0
    const next = command(actor, wish(history, index + 1), last + 1 + skip, last)
    const decision = decide(state, next)
    if (decision.kind === 'rejected') codes.push([next.type, decision.rejection.code])
    if (decision.kind !== 'accepted') continue
    history.push(...decision.events)
    state = decision.events.reduce(evolve, state)
  }
  return { state, history, codes }
}
