import { describe, it } from 'vitest'
import { memberLimit } from '../../../../src/domain/conversation/start-conversation.ts'
import { userId } from '../../../../src/domain/ids.ts'
import { alice, alone, at, begunBy, bob, carol, command, direct, given, group, message } from './examples.ts'

const begun = { type: 'GroupCommitted', ...begunBy(alice) } as const
const people = (count: number) => Array.from({ length: count }, (_, index) => userId(`user-${index}`))

describe('starting a group', () => {
  it('makes the actor its owner and the others members', () => {
    const body = {
      type: 'StartGroup',
      name: 'bmFtZQ==',
      description: 'ZA==',
      members: [bob.userId],
      group: alone,
    } as const
    given()
      .when(command(alice, body))
      .thenEvents(
        {
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
        },
        { type: 'GroupCommitted', at, actor: alice, data: begunBy(alice) },
      )
  })

  it('counts each person once, and the actor not at all', () => {
    const members = [bob.userId, alice.userId, bob.userId]
    given()
      .when(command(alice, { type: 'StartGroup', members, group: alone }))
      .thenData(
        {
          type: 'ConversationStarted',
          kind: 'group',
          members: [
            { userId: alice.userId, role: 'owner' },
            { userId: bob.userId, role: 'member' },
          ],
          clientSeq: 1,
        },
        begun,
      )
  })

  it('may be for oneself', () => {
    const members = [{ userId: alice.userId, role: 'owner' }]
    given()
      .when(command(alice, { type: 'StartGroup', members: [], group: alone }))
      .thenData({ type: 'ConversationStarted', kind: 'group', members, clientSeq: 1 }, begun)
  })

  it('takes as many as the limit, the owner included, and no more', () => {
    const full = [...people(memberLimit - 1)].map((userId) => ({ userId, role: 'member' }))
    const members = [{ userId: alice.userId, role: 'owner' }, ...full]
    given()
      .when(command(alice, { type: 'StartGroup', members: people(memberLimit - 1), group: alone }))
      .thenData({ type: 'ConversationStarted', kind: 'group', members, clientSeq: 1 }, begun)
    given()
      .when(command(alice, { type: 'StartGroup', members: people(memberLimit), group: alone }))
      .thenRejection('member_limit', { limit: memberLimit })
  })

  it('is refused where a conversation exists, to members and strangers alike', () => {
    given(...group())
      .when(command(alice, { type: 'StartGroup', members: [], group: alone }))
      .thenRejection('already_exists')
    given(...group())
      .when(command(carol, { type: 'StartGroup', members: [], group: alone }))
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
      .when(command(alice, { type: 'StartDirect', peer: bob.userId, group: alone }))
      .thenData({ type: 'ConversationStarted', kind: 'direct', members: both, clientSeq: 1 }, begun)
  })

  it('with oneself has one member', () => {
    const members = [{ userId: alice.userId, role: 'member' }]
    given()
      .when(command(alice, { type: 'StartDirect', peer: alice.userId, group: alone }))
      .thenData({ type: 'ConversationStarted', kind: 'direct', members, clientSeq: 1 }, begun)
  })

  it('is refused when it is there already, whoever opened it', () => {
    given(...direct)
      .when(command(bob, { type: 'StartDirect', peer: alice.userId, group: alone }))
      .thenRejection('already_exists')
  })

  it('does not happen by a message: there is no group yet that it could be encrypted to', () => {
    given()
      .when(command(alice, message(1)))
      .thenRejection('not_found')
  })
})

describe('starting a conversation without an encryption group', () => {
  it.each([
    { type: 'StartGroup', members: [bob.userId] },
    { type: 'StartDirect', peer: bob.userId },
  ] as const)('is refused: $type', (body) => {
    given().when(command(alice, body)).thenRejection('commit_required')
  })
})
