import { describe, expect, it } from 'vitest'
import type { ConversationEvent } from '../../../../src/domain/conversation/conversation-events.ts'
import { fromSnapshot, toSnapshot } from '../../../../src/domain/conversation/conversation-snapshot.ts'
import { evolve, initialState } from '../../../../src/domain/conversation/conversation-state.ts'
import { answerInvitation, eventsBeforeConsent } from '../../../../src/domain/conversation/members/invitations.ts'
import type { Actor } from '../../../../src/domain/ids.ts'
import { alice, alone, at, begunBy, bob, carol, command, given, left, message, sent } from './examples.ts'
import { committing, encryptedFor } from './groups/examples.ts'

const begun: ConversationEvent = { type: 'GroupCommitted', at, actor: alice, data: begunBy(alice) }
const members = (...people: readonly Actor[]) => [
  { userId: alice.userId, role: 'owner' as const },
  ...people.map(({ userId }) => ({ userId, role: 'member' as const })),
]
/** Alice has put Bob into a group, who was asked, and Carol, who was not. */
const asked: ConversationEvent = {
  type: 'ConversationStarted',
  at,
  actor: alice,
  data: { kind: 'group', members: members(bob, carol), invited: [bob.userId] },
}
const askedDirect: ConversationEvent = {
  type: 'ConversationStarted',
  at,
  actor: alice,
  data: {
    kind: 'direct',
    members: [alice, bob].map(({ userId }) => ({ userId, role: 'member' as const })),
    invited: [bob.userId],
  },
}
const accepted: ConversationEvent = {
  type: 'InvitationAccepted',
  at,
  actor: bob,
  data: { userId: bob.userId },
}

const stateAfter = (...events: readonly ConversationEvent[]) => events.reduce(evolve, initialState())
const answers = (type: 'AcceptInvitation' | 'DeclineInvitation', by: Actor, ...events: readonly ConversationEvent[]) =>
  answerInvitation(stateAfter(...events), { type, at, actor: by })

describe('who is asked', () => {
  it('is told with the start, among those who come in and nobody else', () => {
    given()
      .when(
        command(alice, {
          type: 'StartGroup',
          members: [bob.userId, carol.userId],
          invited: [bob.userId, alice.userId],
          group: alone,
        }),
      )
      .thenData(
        {
          type: 'ConversationStarted',
          kind: 'group',
          members: members(bob, carol),
          invited: [bob.userId],
          clientSeq: 1,
        },
        { type: 'GroupCommitted', ...begunBy(alice) },
      )
    given()
      .when(command(alice, { type: 'StartDirect', peer: bob.userId, invited: [bob.userId], group: alone }))
      .thenData(
        { type: 'ConversationStarted', ...askedDirect.data, clientSeq: 1 },
        { type: 'GroupCommitted', ...begunBy(alice) },
      )
  })

  it('is told with an addition', () => {
    const events = [asked, encryptedFor(carol)]
    const change = { change: { addUsers: [bob.userId] } }
    const adding = { ...committing(0, alice, [], change), invited: [bob.userId] }
    given(...events, left(bob))
      .when(command(alice, adding))
      .thenData(
        {
          type: 'MembersAdded',
          members: [{ userId: bob.userId, role: 'member' }],
          invited: [bob.userId],
          lastSeq: 0,
        },
        { type: 'GroupCommitted', ...begunBy(alice), epoch: 2, added: [], clientSeq: 1 },
      )
  })
})

describe('who was asked and has not answered', () => {
  it('does nothing in the conversation but leave it', () => {
    given(asked, begun)
      .when(command(bob, message(1)))
      .thenRejection('not_accepted')
    given(asked, begun)
      .when(command(bob, { type: 'RenameConversation', name: 'n' }))
      .thenRejection('not_accepted')
    given(asked, begun)
      .when(command(bob, { type: 'LeaveConversation' }))
      .thenData({ type: 'MemberLeft', userId: bob.userId, lastSeq: 0, clientSeq: 1 })
    given(askedDirect, begun)
      .when(command(bob, { type: 'LeaveConversation' }))
      .thenRejection('forbidden')
  })

  it('is in like any other after accepting', () => {
    given(asked, begun, accepted)
      .when(command(bob, message(1)))
      .thenData({ type: 'MessageSent', messageId: expect.anything(), seq: 1, clientSeq: 1 })
  })

  it('gets no other role, and is nobody to whom a group is left', () => {
    given(asked, begun)
      .when(command(alice, { type: 'ChangeRole', userId: bob.userId, role: 'owner' }))
      .thenRejection('forbidden')
    given(asked, begun, left(carol))
      .when(command(alice, { type: 'LeaveConversation' }))
      .thenData({ type: 'MemberLeft', userId: alice.userId, lastSeq: 0, clientSeq: 1 })
    given(asked, begun)
      .when(command(alice, { type: 'LeaveConversation' }))
      .thenRejection('last_owner')
  })

  it('accepts once, or declines once', () => {
    expect(answers('AcceptInvitation', bob, asked)).toEqual([accepted])
    expect(answers('AcceptInvitation', bob, asked, accepted)).toEqual([])
    expect(answers('DeclineInvitation', bob, asked)).toEqual([left(bob)])
    expect(answers('DeclineInvitation', bob, asked, left(bob))).toEqual([])
    expect(answers('DeclineInvitation', bob, asked, accepted)).toEqual([])
    expect(answers('AcceptInvitation', carol, asked)).toEqual([])
  })

  it('declines a direct conversation without a trace in it, and can still accept', () => {
    expect(answers('DeclineInvitation', bob, askedDirect)).toEqual([])
    expect(answers('AcceptInvitation', bob, askedDirect)).toEqual([accepted])
  })

  it('survives a snapshot', () => {
    const state = stateAfter(asked, begun, sent(alice, 1))
    expect(fromSnapshot(toSnapshot(state))).toEqual(state)
  })
})

describe('what can wait for somebody', () => {
  const waiting = (count: number) => Array.from({ length: count }, (_, index) => sent(alice, index + 1))

  it('is bounded in a direct conversation until it is accepted', () => {
    given(askedDirect, begun, ...waiting(eventsBeforeConsent - 3))
      .when(command(alice, message(99)))
      .thenData({ type: 'MessageSent', messageId: expect.anything(), seq: eventsBeforeConsent - 2, clientSeq: 1 })
    given(askedDirect, begun, ...waiting(eventsBeforeConsent - 2))
      .when(command(alice, message(99)))
      .thenRejection('request_pending')
    given(askedDirect, begun, ...waiting(eventsBeforeConsent - 2), accepted)
      .when(command(alice, message(99)))
      .thenData({ type: 'MessageSent', messageId: expect.anything(), seq: eventsBeforeConsent - 1, clientSeq: 1 })
  })

  it('is not bounded in a group, where others are', () => {
    given(asked, begun, ...waiting(eventsBeforeConsent))
      .when(command(alice, message(99)))
      .thenData({ type: 'MessageSent', messageId: expect.anything(), seq: eventsBeforeConsent + 1, clientSeq: 1 })
  })
})
