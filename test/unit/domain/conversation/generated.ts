import fc from 'fast-check'
import type { ConversationCommand, TargetFacts } from '../../../../src/domain/conversation/conversation-commands.ts'
import { decide } from '../../../../src/domain/conversation/conversation-decider.ts'
import type { ConversationEvent } from '../../../../src/domain/conversation/conversation-events.ts'
import { type ConversationState, evolve, initialState } from '../../../../src/domain/conversation/conversation-state.ts'
import { deviceKey } from '../../../../src/domain/conversation/exactly-once.ts'
import type { Actor } from '../../../../src/domain/ids.ts'
import { commitOf } from '../../../support/domain/generated-groups.ts'
import { alice, aliceTablet, alone, at, bob, type CommandBody, carol, command, dave, messageNo } from './examples.ts'

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

/** Mostly with its encryption group. */
const group = fc.option(fc.constant(alone), { freq: 9, nil: undefined })
const starts: fc.Arbitrary<CommandBody> = fc
  .record({ members: fc.option(few, { nil: undefined }), peer: anyUser, group })
  .map(({ members, peer, group }) => ({
    ...(members === undefined ? { type: 'StartDirect', peer } : { type: 'StartGroup', members }),
    ...(group !== undefined && { group }),
  }))

/** Ends a history, so it is rare. */
const deletion: fc.Arbitrary<CommandBody> = fc.record({ type: fc.constant('DeleteConversation' as const) })

const changes: fc.Arbitrary<CommandBody> = fc.oneof(
  { weight: 2, arbitrary: starts },
  fc.record({ type: fc.constant('RemoveMember' as const), userId: anyUser }),
  fc.record({ type: fc.constant('LeaveConversation' as const) }),
  fc.record({ type: fc.constant('ChangeRole' as const), userId: anyUser, role: anyRole }),
  fc.record({ type: fc.constant('RenameConversation' as const), name: fc.constant('bmFtZQ==') }),
  fc.record({ type: fc.constant('DescribeConversation' as const), description: fc.constant('ZA==') }),
  fc.record({ type: fc.constant('ChangeRetention' as const), seconds: fc.constantFrom(null, 60) }),
  fc.record({
    type: fc.constant('ChangePosting' as const),
    posting: fc.constantFrom('everyone' as const, 'admins' as const),
  }),
)

const others = fc.oneof({ weight: 19, arbitrary: changes }, deletion)

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

/** When and by whom a wish is made. */
export interface Moment {
  readonly actor: Actor
  readonly state: ConversationState
  readonly history: readonly ConversationEvent[]
  readonly messageNumber: number
}

/** A command without a number: what it refers to, and its place in the encryption group, are looked up when it is made. */
export type Wish = (moment: Moment) => CommandBody

const commit = fc.record({ other: anyUser, pick: fc.nat(1000) }).map(({ other, pick }): Wish => {
  const numbers = { clientSeq: 0, afterClientSeq: 0 }
  return ({ state, actor }) => commitOf(state, { stamp: { actor, at, ...numbers }, other, pick })
})

const sending = fc.option(fc.oneof({ weight: 9, arbitrary: relation }, fc.constant('control' as const))).map(
  (about): Wish =>
    ({ state, history, messageNumber }) => ({
      type: 'SendMessage',
      messageId: messageNo(messageNumber),
      ...(state.mls && { encrypted: { generation: state.mls.generation, epoch: state.mls.epoch } }),
      ...(about === 'control' && { control: true }),
      ...(about !== null && about !== 'control' && { relatesTo: relatesTo(history, about) }),
    }),
)

export const wish: fc.Arbitrary<Wish> = fc.oneof(
  {
    weight: 3,
    arbitrary: others.map(
      (body): Wish =>
        () =>
          body,
    ),
  },
  { weight: 2, arbitrary: commit },
  { weight: 4, arbitrary: sending },
)

const step = fc.record({ actor: fc.constantFrom(...actors), wish, skip: fc.nat(2) })
type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never

/** Alice's phone starts a group with Bob and Carol. */
export const opening: CommandBody = { type: 'StartGroup', members: [bob.userId, carol.userId], group: alone }
const opened: readonly Step[] = [{ actor: alice, wish: () => opening, skip: 0 }]

/** Mostly of a group that exists. Long ones: the generator's own taste is for arrays too short for anything to happen. */
export const steps: fc.Arbitrary<readonly Step[]> = fc
  .tuple(fc.option(fc.constant(opened), { freq: 4, nil: [] }), fc.array(step, { maxLength: 80, size: 'max' }))
  .map(([first, rest]) => [...first, ...rest])

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
    const next = command(actor, wish({ actor, state, history, messageNumber: index + 1 }), last + 1 + skip, last)
    const decision = decide(state, next)
    if (decision.kind === 'rejected') codes.push([next.type, decision.rejection.code])
    if (decision.kind !== 'accepted') continue
    history.push(...decision.events)
    state = decision.events.reduce(evolve, state)
  }
  return { state, history, codes }
}
