import { describe, it } from 'vitest'
import type { ConversationEvent, Role } from '../../../src/domain/conversation/events.ts'
import { memberLimit } from '../../../src/domain/conversation/start.ts'
import { userId } from '../../../src/domain/ids.ts'
import { alice, bob, carol, command, dave, direct, given, group, left, sent } from './examples.ts'

const staff = group([bob, 'admin'], [carol, 'member'])
const add = (...people: readonly (typeof alice)[]) =>
  ({ type: 'AddMembers', userIds: people.map(({ userId }) => userId) }) as const
const remove = ({ userId }: typeof alice) => ({ type: 'RemoveMember', userId }) as const
const role = ({ userId }: typeof alice, role: Role) => ({ type: 'ChangeRole', userId, role }) as const
const leaving = { type: 'LeaveConversation' } as const

describe('adding members', () => {
  it('is for owners and admins, and tells which message was the newest then', () => {
    const members = [{ userId: dave.userId, role: 'member' }]
    given(staff, sent(alice, 1))
      .when(command(alice, add(dave)))
      .thenData({ type: 'MembersAdded', members, lastSeq: 1, clientSeq: 1 })
    given(staff)
      .when(command(bob, add(dave)))
      .thenData({ type: 'MembersAdded', members, lastSeq: 0, clientSeq: 1 })
    given(staff)
      .when(command(carol, add(dave)))
      .thenRejection('forbidden')
  })

  it('counts one who is named twice once', () => {
    given(staff)
      .when(command(alice, add(dave, dave)))
      .thenData({
        type: 'MembersAdded',
        members: [{ userId: dave.userId, role: 'member' }],
        lastSeq: 0,
        clientSeq: 1,
      })
  })

  it('is all or nothing: the first who is a member already is named', () => {
    given(staff)
      .when(command(alice, add(dave, carol, bob)))
      .thenRejection('already_member', { userId: carol.userId })
    given(staff)
      .when(command(alice, { type: 'AddMembers', userIds: [] }))
      .thenRejection('already_member')
  })

  it('brings back one who left', () => {
    given(staff, left(carol))
      .when(command(alice, add(carol)))
      .thenData({
        type: 'MembersAdded',
        members: [{ userId: carol.userId, role: 'member' }],
        lastSeq: 0,
        clientSeq: 1,
      })
  })

  it('stops at the limit', () => {
    const userIds = Array.from({ length: memberLimit - 2 }, (_, index) => userId(`user-${index}`))
    given(staff)
      .when(command(alice, { type: 'AddMembers', userIds }))
      .thenRejection('member_limit', { limit: memberLimit })
  })

  it('does not happen in a direct conversation', () => {
    given(direct)
      .when(command(alice, add(carol)))
      .thenRejection('forbidden')
  })
})

describe('removing a member', () => {
  it('is for owners and admins', () => {
    given(staff, sent(alice, 1))
      .when(command(alice, remove(bob)))
      .thenData({ type: 'MemberRemoved', userId: bob.userId, lastSeq: 1, clientSeq: 1 })
    given(staff)
      .when(command(bob, remove(carol)))
      .thenData({ type: 'MemberRemoved', userId: carol.userId, lastSeq: 0, clientSeq: 1 })
    given(staff)
      .when(command(carol, remove(bob)))
      .thenRejection('forbidden')
  })

  it('of owners and admins is for owners', () => {
    given(staff)
      .when(command(bob, remove(alice)))
      .thenRejection('forbidden')
    given(group([bob, 'admin'], [carol, 'admin']))
      .when(command(bob, remove(carol)))
      .thenRejection('forbidden')
    given(group([bob, 'owner']))
      .when(command(bob, remove(alice)))
      .thenData({ type: 'MemberRemoved', userId: alice.userId, lastSeq: 0, clientSeq: 1 })
  })

  it('is not how one leaves', () => {
    given(staff)
      .when(command(alice, remove(alice)))
      .thenRejection('forbidden')
  })

  it('needs a member', () => {
    given(staff)
      .when(command(alice, remove(dave)))
      .thenRejection('not_a_member')
  })

  it('does not happen in a direct conversation', () => {
    given(direct)
      .when(command(alice, remove(bob)))
      .thenRejection('forbidden')
  })
})

describe('leaving', () => {
  const gone = (who: typeof alice) => ({ type: 'MemberLeft', userId: who.userId, lastSeq: 0, clientSeq: 1 })

  it('is for everyone in a group', () => {
    given(staff).when(command(bob, leaving)).thenData(gone(bob))
    given(staff).when(command(carol, leaving)).thenData(gone(carol))
    given(group([bob, 'owner']))
      .when(command(alice, leaving))
      .thenData(gone(alice))
  })

  it('is not for the last owner while others remain', () => {
    given(staff).when(command(alice, leaving)).thenRejection('last_owner')
  })

  it('is for the last member', () => {
    given(staff, left(bob), left(carol)).when(command(alice, leaving)).thenData(gone(alice))
  })

  it('happens once', () => {
    given(staff, left(carol)).when(command(carol, leaving)).thenRejection('not_found')
  })

  it('does not happen in a direct conversation', () => {
    given(direct).when(command(alice, leaving)).thenRejection('forbidden')
  })
})

describe('changing a role', () => {
  const changed = (who: typeof alice, role: Role) => ({ type: 'RoleChanged', userId: who.userId, role, clientSeq: 1 })

  it('is free for owners', () => {
    given(staff)
      .when(command(alice, role(carol, 'owner')))
      .thenData(changed(carol, 'owner'))
    given(staff)
      .when(command(alice, role(bob, 'member')))
      .thenData(changed(bob, 'member'))
  })

  it('by an admin only makes members admins', () => {
    given(staff)
      .when(command(bob, role(carol, 'admin')))
      .thenData(changed(carol, 'admin'))
    given(staff)
      .when(command(bob, role(carol, 'owner')))
      .thenRejection('forbidden')
    given(staff)
      .when(command(bob, role(alice, 'member')))
      .thenRejection('forbidden')
    given(group([bob, 'admin'], [carol, 'admin']))
      .when(command(bob, role(carol, 'member')))
      .thenRejection('forbidden')
  })

  it('is not for members', () => {
    given(staff)
      .when(command(carol, role(carol, 'admin')))
      .thenRejection('forbidden')
  })

  it('leaves a group with an owner', () => {
    given(staff)
      .when(command(alice, role(alice, 'admin')))
      .thenRejection('last_owner')
    given(group([bob, 'owner']))
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
    given(staff, promoted).when(command(alice, leaving)).thenData({
      type: 'MemberLeft',
      userId: alice.userId,
      lastSeq: 0,
      clientSeq: 1,
    })
  })

  it('needs a member', () => {
    given(staff)
      .when(command(alice, role(dave, 'admin')))
      .thenRejection('not_a_member')
  })

  it('does not happen in a direct conversation', () => {
    given(direct)
      .when(command(alice, role(bob, 'admin')))
      .thenRejection('forbidden')
  })
})
