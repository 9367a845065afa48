import { describe, it } from 'vitest'
import type { ConversationEvent } from '../../../../src/domain/conversation/conversation-events.ts'
import type { Role } from '../../../../src/domain/conversation/members/role.ts'
import { memberLimit } from '../../../../src/domain/conversation/start-conversation.ts'
import { userId } from '../../../../src/domain/ids.ts'
import {
  alice,
  begunBy,
  bob,
  carol,
  command,
  dave,
  direct,
  given,
  group,
  left,
  sent,
  started,
  startedDirect,
} from './examples.ts'
import { committing, encryptedFor } from './groups/examples.ts'

const staff = group([bob, 'admin'], [carol, 'member'])
const remove = ({ userId }: typeof alice) => ({ type: 'RemoveMember', userId }) as const
const role = ({ userId }: typeof alice, role: Role) => ({ type: 'ChangeRole', userId, role }) as const
const leaving = { type: 'LeaveConversation' } as const
const proof = { credential: 'AA==', signatureKey: 'AA==', signature: 'AA==' }
const signed = (epoch: number, generation = 0) => ({ signed: { generation, epoch, proof } })

describe('adding members', () => {
  /** Leaves: Alice's phone 0, Bob's phone 1, Carol's phone 2. */
  const encrypted = [started([bob, 'admin'], [carol, 'member']), encryptedFor(bob, carol)]
  const add = (leaf: number, by: typeof alice, ...people: readonly (typeof alice)[]) =>
    command(by, committing(leaf, by, [], { change: { addUsers: people.map(({ userId }) => userId) } }))
  const added = (people: readonly (typeof alice)[], lastSeq = 0) => [
    { type: 'MembersAdded', members: people.map(({ userId }) => ({ userId, role: 'member' })), lastSeq },
    { type: 'GroupCommitted', ...begunBy(alice), epoch: 2, added: [], clientSeq: 1 },
  ]

  it('is for owners and admins, and tells which message was the newest then', () => {
    given(...encrypted, sent(alice, 1))
      .when(add(0, alice, dave))
      .thenData(...added([dave], 1))
    given(...encrypted)
      .when(add(1, bob, dave))
      .thenData(...added([dave]))
    given(...encrypted)
      .when(add(2, carol, dave))
      .thenRejection('forbidden')
  })

  it('counts one who is named twice once', () => {
    given(...encrypted)
      .when(add(0, alice, dave, dave))
      .thenData(...added([dave]))
  })

  it('is all or nothing: the first who is a member already is named', () => {
    given(...encrypted)
      .when(add(0, alice, dave, carol, bob))
      .thenRejection('already_member', { userId: carol.userId })
  })

  it('brings back one who left', () => {
    given(started([bob, 'admin'], [carol, 'member']), encryptedFor(bob), left(carol))
      .when(add(0, alice, carol))
      .thenData(...added([carol]))
  })

  it('stops at the limit', () => {
    const people = Array.from({ length: memberLimit - 2 }, (_, index) => ({ ...dave, userId: userId(`user-${index}`) }))
    given(...encrypted)
      .when(add(0, alice, ...people))
      .thenRejection('member_limit', { limit: memberLimit })
    given(...encrypted)
      .when(add(0, alice, ...people.slice(1)))
      .thenData(...added(people.slice(1)))
  })

  it('does not happen in a direct conversation', () => {
    given(startedDirect, encryptedFor(bob))
      .when(add(0, alice, carol))
      .thenRejection('forbidden')
  })
})

describe('removing a member', () => {
  it('is for owners and admins', () => {
    given(...staff, sent(alice, 1))
      .when(command(alice, remove(bob)))
      .thenData({ type: 'MemberRemoved', userId: bob.userId, lastSeq: 1, clientSeq: 1 })
    given(...staff)
      .when(command(bob, remove(carol)))
      .thenData({ type: 'MemberRemoved', userId: carol.userId, lastSeq: 0, clientSeq: 1 })
    given(...staff)
      .when(command(carol, remove(bob)))
      .thenRejection('forbidden')
  })

  it('of owners and admins is for owners', () => {
    given(...staff)
      .when(command(bob, remove(alice)))
      .thenRejection('forbidden')
    given(...group([bob, 'admin'], [carol, 'admin']))
      .when(command(bob, remove(carol)))
      .thenRejection('forbidden')
    given(...group([bob, 'owner']))
      .when(command(bob, remove(alice)))
      .thenData({ type: 'MemberRemoved', userId: alice.userId, lastSeq: 0, clientSeq: 1 })
  })

  it('is not how one leaves', () => {
    given(...staff)
      .when(command(alice, remove(alice)))
      .thenRejection('forbidden')
  })

  it('needs a member', () => {
    given(...staff)
      .when(command(alice, remove(dave)))
      .thenRejection('not_a_member')
  })

  it('does not happen in a direct conversation', () => {
    given(...direct)
      .when(command(alice, remove(bob)))
      .thenRejection('forbidden')
  })
})

describe('leaving', () => {
  const gone = (who: typeof alice) => ({ type: 'MemberLeft', userId: who.userId, lastSeq: 0, clientSeq: 1 })

  it('is for everyone in a group', () => {
    given(...staff)
      .when(command(bob, leaving))
      .thenData(gone(bob))
    given(...staff)
      .when(command(carol, leaving))
      .thenData(gone(carol))
    given(...group([bob, 'owner']))
      .when(command(alice, leaving))
      .thenData(gone(alice))
  })

  it('is not for the last owner while others remain', () => {
    given(...staff)
      .when(command(alice, leaving))
      .thenRejection('last_owner')
  })

  it('is for the last member', () => {
    given(...staff, left(bob), left(carol))
      .when(command(alice, leaving))
      .thenData(gone(alice))
  })

  it('happens once', () => {
    given(...staff, left(carol))
      .when(command(carol, leaving))
      .thenRejection('not_found')
  })

  it('does not happen in a direct conversation', () => {
    given(...direct)
      .when(command(alice, leaving))
      .thenRejection('forbidden')
  })
})

describe('changing a role', () => {
  const changed = (who: typeof alice, role: Role) => ({ type: 'RoleChanged', userId: who.userId, role, clientSeq: 1 })

  it('is free for owners', () => {
    given(...staff)
      .when(command(alice, role(carol, 'owner')))
      .thenData(changed(carol, 'owner'))
    given(...staff)
      .when(command(alice, role(bob, 'member')))
      .thenData(changed(bob, 'member'))
  })

  it('by an admin only makes members admins', () => {
    given(...staff)
      .when(command(bob, role(carol, 'admin')))
      .thenData(changed(carol, 'admin'))
    given(...staff)
      .when(command(bob, role(carol, 'owner')))
      .thenRejection('forbidden')
    given(...staff)
      .when(command(bob, role(alice, 'member')))
      .thenRejection('forbidden')
    given(...group([bob, 'admin'], [carol, 'admin']))
      .when(command(bob, role(carol, 'member')))
      .thenRejection('forbidden')
  })

  it('is not for members', () => {
    given(...staff)
      .when(command(carol, role(carol, 'admin')))
      .thenRejection('forbidden')
  })

  it('leaves a group with an owner', () => {
    given(...staff)
      .when(command(alice, role(alice, 'admin')))
      .thenRejection('last_owner')
    given(...group([bob, 'owner']))
      .when(command(alice, role(alice, 'member')))
      .thenData(changed(alice, 'member'))
  })

  it('counts at once for what its new holder may do', () => {
    const promoted: ConversationEvent = {
      type: 'RoleChanged',
      at: 1,
      actor: alice,
      data: { userId: carol.userId, role: 'owner' },
    }
    given(...staff, promoted)
      .when(command(alice, leaving))
      .thenData({
        type: 'MemberLeft',
        userId: alice.userId,
        lastSeq: 0,
        clientSeq: 1,
      })
  })

  it('needs a member', () => {
    given(...staff)
      .when(command(alice, role(dave, 'admin')))
      .thenRejection('not_a_member')
  })

  it('does not happen in a direct conversation', () => {
    given(...direct)
      .when(command(alice, role(bob, 'admin')))
      .thenRejection('forbidden')
  })
})

describe('a departure that a device has signed', () => {
  it('counts in the epoch that the group is in, and goes into the event', () => {
    const data = { lastSeq: 0, clientSeq: 1, ...signed(0) }
    given(...staff)
      .when(command(alice, { ...remove(bob), ...signed(0) }))
      .thenData({ type: 'MemberRemoved', userId: bob.userId, ...data })
    given(...staff)
      .when(command(bob, { ...leaving, ...signed(0) }))
      .thenData({ type: 'MemberLeft', userId: bob.userId, ...data })
  })

  it.each([
    ['an epoch of before or after', signed(1)],
    ['another group', signed(0, 1)],
  ])('for %s is to be signed again', (_what, wrong) => {
    for (const one of [remove(bob), leaving]) {
      const by = one.type === 'LeaveConversation' ? bob : alice
      given(...staff)
        .when(command(by, { ...one, ...wrong }))
        .thenRejection('stale_epoch', { generation: 0, epoch: 0 })
    }
  })
})
