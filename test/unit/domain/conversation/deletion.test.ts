import { describe, expect, it } from 'vitest'
import type { ConversationEvent } from '../../../../src/domain/conversation/conversation-events.ts'
import { evolve, initialState } from '../../../../src/domain/conversation/conversation-state.ts'
import { expireMessages } from '../../../../src/domain/conversation/expiry.ts'
import { alice, at, bob, carol, command, direct, given, message, sent, started } from './examples.ts'
import { encryptedFor } from './groups/examples.ts'

const before = [started([bob, 'admin'], [carol, 'member']), encryptedFor(bob, carol), sent(alice, 1)]
const deleting = { type: 'DeleteConversation' } as const
const proof = { credential: 'AA==', signatureKey: 'AA==', signature: 'AA==' }
const signed = (epoch: number) => ({ signed: { generation: 0, epoch, proof } })
const all = [alice, bob, carol].map(({ userId }) => userId)

describe('deleting a group', () => {
  it('is for owners: everybody is out, and it names them and the newest message', () => {
    given(...before)
      .when(command(alice, { ...deleting, ...signed(1) }))
      .thenData({ type: 'ConversationDeleted', members: all, lastSeq: 1, clientSeq: 1, ...signed(1) })
    given(...before)
      .when(command(bob, deleting))
      .thenRejection('forbidden')
    given(...direct)
      .when(command(alice, deleting))
      .thenRejection('forbidden')
  })

  it('must be signed in the epoch of the group', () => {
    given(...before)
      .when(command(alice, { ...deleting, ...signed(0) }))
      .thenRejection('stale_epoch')
  })

  const deleted: ConversationEvent = {
    type: 'ConversationDeleted',
    at,
    actor: alice,
    data: { members: all, lastSeq: 1, clientSeq: 1 },
  }

  it('counts once, and lets nobody do anything any more', () => {
    given(...before, deleted)
      .when(command(alice, deleting))
      .thenRepeat(3)
    given(...before, deleted)
      .when(command(alice, deleting, 2))
      .thenRejection('not_found')
    for (const body of [message(2), { type: 'LeaveConversation' } as const, deleting])
      given(...before, deleted)
        .when(command(bob, body))
        .thenRejection('not_found')
    given(...before, deleted)
      .when(command(bob, { type: 'StartGroup', members: [] }))
      .thenRejection('already_exists')
  })

  it('lets all messages expire, for ever', () => {
    const state = [...before, deleted].reduce(evolve, initialState())
    expect([state.members.size, state.mls]).toEqual([0, undefined])
    const what = { type: 'ExpireMessages' as const, from: 0, upTo: 3, newest: at, lastSeq: 1, since: at }
    expect(expireMessages(state, { ...what, at: at + 1 })).toMatchObject([{ type: 'MessagesExpired' }])
  })
})
