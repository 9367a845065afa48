import { describe, it } from 'vitest'
import { memberLimit } from '../../../src/domain/conversation/start.ts'
import { userId } from '../../../src/domain/ids.ts'
import { alice, at, bob, carol, command, direct, given, group, messageNo } from './examples.ts'

const people = (count: number) => Array.from({ length: count }, (_, index) => userId(`user-${index}`))

describe('starting a group', () => {
  it('makes the actor its owner and the others members', () => {
    const body = { type: 'StartGroup', name: 'bmFtZQ==', description: 'ZA==', members: [bob.userId] } as const
    given()
      .when(command(alice, body))
      .thenEvents({
        type: 'ConversationStarted',
        at,
        actor: alice,
        data: {
          kind: 'group',
          name: 'bmFtZQ==',
          description: 'ZA==',
          members: [
            { userId: alice.userId, role: 'owner' },
            { userId: bob.userId, role: 'member' },
          ],
          clientSeq: 1,
        },
      })
  })

  it('counts each person once, and the actor not at all', () => {
    const members = [bob.userId, alice.userId, bob.userId]
    given()
      .when(command(alice, { type: 'StartGroup', members }))
      .thenData({
        type: 'ConversationStarted',
        kind: 'group',
        members: [
          { userId: alice.userId, role: 'owner' },
          { userId: bob.userId, role: 'member' },
        ],
        clientSeq: 1,
      })
  })

  it('may be for oneself', () => {
    const members = [{ userId: alice.userId, role: 'owner' }]
    given()
      .when(command(alice, { type: 'StartGroup', members: [] }))
      .thenData({ type: 'ConversationStarted', kind: 'group', members, clientSeq: 1 })
  })

  it('takes as many as the limit, the owner included, and no more', () => {
    const full = [...people(memberLimit - 1)].map((userId) => ({ userId, role: 'member' }))
    const members = [{ userId: alice.userId, role: 'owner' }, ...full]
    given()
      .when(command(alice, { type: 'StartGroup', members: people(memberLimit - 1) }))
      .thenData({ type: 'ConversationStarted', kind: 'group', members, clientSeq: 1 })
    given()
      .when(command(alice, { type: 'StartGroup', members: people(memberLimit) }))
      .thenRejection('member_limit', { limit: memberLimit })
  })

  it('is refused where a conversation exists, to members and strangers alike', () => {
    given(group())
      .when(command(alice, { type: 'StartGroup', members: [] }))
      .thenRejection('already_exists')
    given(group())
      .when(command(carol, { type: 'StartGroup', members: [] }))
      .thenRejection('already_exists')
  })
})

describe('starting a direct conversation', () => {
  const both = [
    { userId: alice.userId, role: 'member' },
    { userId: bob.userId, role: 'member' },
  ]

  it('makes both members', () => {
    given()
      .when(command(alice, { type: 'StartDirect', peer: bob.userId }))
      .thenData({ type: 'ConversationStarted', kind: 'direct', members: both, clientSeq: 1 })
  })

  it('with oneself has one member', () => {
    const members = [{ userId: alice.userId, role: 'member' }]
    given()
      .when(command(alice, { type: 'StartDirect', peer: alice.userId }))
      .thenData({ type: 'ConversationStarted', kind: 'direct', members, clientSeq: 1 })
  })

  it('is refused when it is there already, whoever opened it', () => {
    given(direct)
      .when(command(bob, { type: 'StartDirect', peer: alice.userId }))
      .thenRejection('already_exists')
  })

  it('[M1] happens by itself with the first message to a person, which carries the number', () => {
    given()
      .when(command(alice, { type: 'SendMessage', messageId: messageNo(1), peer: bob.userId }))
      .thenData(
        { type: 'ConversationStarted', kind: 'direct', members: both },
        { type: 'MessageSent', messageId: messageNo(1), seq: 1, clientSeq: 1 },
      )
  })

  it('does not happen again with the next message to that person', () => {
    given(direct)
      .when(command(bob, { type: 'SendMessage', messageId: messageNo(1), peer: alice.userId }))
      .thenData({ type: 'MessageSent', messageId: messageNo(1), seq: 1, clientSeq: 1 })
  })

  it('does not happen with a message that refers to another', () => {
    const relatesTo = { kind: 'reply', messageId: messageNo(1), revision: 1 } as const
    given()
      .when(command(alice, { type: 'SendMessage', messageId: messageNo(2), peer: bob.userId, relatesTo }))
      .thenRejection('unknown_target')
  })
})
