import { describe, it } from 'vitest'
import type { ConversationEvent } from '../../../../../src/domain/conversation/conversation-events.ts'
import { deviceLimit } from '../../../../../src/domain/conversation/groups/group.ts'
import type { Role } from '../../../../../src/domain/conversation/members/role.ts'
import { type Actor, deviceId } from '../../../../../src/domain/ids.ts'
import { alice, aliceTablet, at, bob, carol, command, dave, given, refs, started, startedDirect } from '../examples.ts'
import { committed, committing, encryptedFor, leaf, type Wanted } from './examples.ts'

const start = started([bob, 'admin'], [carol, 'member'])
/** Leaves: Alice's phone 0, Bob's phone 1, Carol's phone 2. */
const encrypted = [start, encryptedFor(bob, carol)]
const gone = (actor: Actor): ConversationEvent => ({
  type: 'MemberRemoved',
  at,
  actor: alice,
  data: { userId: actor.userId, lastSeq: 0 },
})

/** Carol brings in devices until there is no room. */
const filled = committed(alice, {
  epoch: 2,
  added: Array.from({ length: deviceLimit - 3 }, (_, index) =>
    leaf({ userId: carol.userId, deviceId: deviceId(`d${index}`) }, index + 3),
  ),
})

const next = { generation: 0, epoch: 2, external: false, added: [], removed: [], ...refs, clientSeq: 1 }
const last = (data: object) => ({ type: 'GroupCommitted', ...next, ...data })
const mismatch = (actor: Actor, body: ReturnType<typeof committing>, before = encrypted) =>
  given(...before)
    .when(command(actor, body))
    .thenRejection('commit_mismatch')

describe('[E3] a commit', () => {
  it('begins the next epoch', () => {
    given(...encrypted)
      .when(command(bob, committing(1, bob)))
      .thenData(last({}))
  })

  it('lets in new members and their devices in one append, on the leftmost blank leaves', () => {
    const change = { addUsers: [dave.userId], addDevices: [dave, aliceTablet] }
    given(...encrypted, committed(alice, { epoch: 2, removed: [leaf(carol, 2)] }))
      .when(command(alice, committing(0, alice, [], { epoch: 2, change })))
      .thenData(
        { type: 'MembersAdded', members: [{ userId: 'dave', role: 'member' }], lastSeq: 0 },
        last({ epoch: 3, added: [leaf(dave, 2), leaf(aliceTablet, 3)] }),
      )
  })

  it('of another epoch, or of a group before a reset, has lost: stale_epoch says where the group stands', () => {
    const stands = { generation: 0, epoch: 1 }
    for (const epoch of [0, 2]) {
      given(...encrypted)
        .when(command(bob, committing(1, bob, [], { epoch })))
        .thenRejection('stale_epoch', stands)
    }
    const reset: ConversationEvent = { type: 'GroupReset', at, actor: alice, data: { generation: 1 } }
    given(...encrypted, reset, committed(alice, { generation: 1, epoch: 1, added: [leaf(alice, 0), leaf(bob, 1)] }))
      .when(command(bob, committing(1, bob)))
      .thenRejection('stale_epoch', { generation: 1, epoch: 1 })
  })

  it('that begins a group which another has begun has lost too', () => {
    const change = { addDevices: [alice] }
    given(start, committed(alice, { epoch: 0, added: [leaf(alice, 0)] }))
      .when(command(bob, committing(0, bob, [], { epoch: 0, change })))
      .thenRejection('stale_epoch', { generation: 0, epoch: 0 })
  })

  it('comes after the repeat check: what was accepted is answered again at any epoch', () => {
    const won = { ...committed(bob, { epoch: 2 }), data: { ...next } } as ConversationEvent
    given(...encrypted, won, committed(alice, { epoch: 3 }))
      .when(command(bob, committing(1, bob)))
      .thenRepeat(2)
  })

  it('of one who is not in the conversation finds none', () => {
    given(...encrypted)
      .when(command(dave, committing(1, dave)))
      .thenRejection('not_found')
  })
})

describe('[E5] what a commit declares', () => {
  it('is what it does: devices', () => {
    const declared = { addDevices: [aliceTablet] }
    mismatch(alice, committing(0, alice, [], { change: declared, facts: { adds: [dave] } }))
    mismatch(alice, committing(0, alice, [], { change: declared, facts: { adds: [aliceTablet, dave] } }))
    mismatch(alice, committing(0, alice, [], { change: declared, facts: { adds: [] } }))
    mismatch(alice, committing(0, alice, [], { facts: { adds: [aliceTablet] } }))
    const twice = [aliceTablet, aliceTablet]
    mismatch(alice, committing(0, alice, [], { change: { addDevices: twice } }))
  })

  it('is what it does: removals', () => {
    mismatch(bob, committing(1, bob, [2]))
    mismatch(bob, committing(1, bob, [], { change: { removeDevices: [carol] } }))
    mismatch(bob, committing(1, bob, [0], { change: { removeDevices: [carol] } }))
    mismatch(bob, committing(1, bob, [7], { change: { removeDevices: [dave] } }))
    mismatch(bob, committing(1, bob, [2, 2], { change: { removeDevices: [carol, carol] } }))
  })

  it('is committed from the leaf of the very device, along its own path', () => {
    mismatch(bob, committing(0, bob))
    mismatch(bob, committing(9, bob))
    mismatch(aliceTablet, committing(0, aliceTablet))
    mismatch(bob, committing(1, alice))
  })

  it('never mixes additions and removals, and removes nobody without an update path', () => {
    const both = { addDevices: [aliceTablet], removeDevices: [carol] }
    mismatch(bob, committing(1, bob, [2], { change: both }))
    const path = { facts: { path: undefined } }
    mismatch(bob, committing(1, bob, [2], { change: { removeDevices: [carol] }, ...path }), [...encrypted, gone(carol)])
    mismatch(bob, committing(1, bob, [], path))
  })

  it('holds nothing but additions and removals by value', () => {
    mismatch(bob, committing(1, bob, [], { facts: { others: 1 } }))
    mismatch(bob, committing(1, bob, [], { facts: { externalInit: true } }))
  })

  it('states the same new members, under its signature, as are declared', () => {
    const letIn = { change: { addUsers: [dave.userId], addDevices: [dave] } }
    mismatch(alice, committing(0, alice, [], { ...letIn, facts: { addUsers: [] } }))
    mismatch(alice, committing(0, alice, [], { ...letIn, facts: { addUsers: ['erin'] } }))
    mismatch(alice, committing(0, alice, [], { ...letIn, facts: { addUsers: ['dave', 'erin'] } }))
    mismatch(alice, committing(0, alice, [], { facts: { addUsers: ['dave'] } }))
    mismatch(
      bob,
      committing('external', bob, [1], {
        change: { addDevices: [bob], removeDevices: [bob] },
        facts: { addUsers: ['dave'] },
      }),
    )
  })

  it('is of one epoch throughout: commit, group info, and a welcome for exactly those who are added', () => {
    mismatch(bob, committing(1, bob, [], { facts: { epoch: 2 } }))
    mismatch(bob, committing(1, bob, [], { commit: { groupInfo: { generation: 0, epoch: 1 } } }))
    mismatch(bob, committing(1, bob, [], { commit: { groupInfo: { generation: 1, epoch: 2 } } }))
    mismatch(bob, committing(1, bob, [], { commit: { groupInfo: undefined } }))
    mismatch(bob, committing(1, bob, [], { commit: { welcomed: 1 } }))
    mismatch(bob, committing(1, bob, [], { change: { addDevices: [aliceTablet] }, commit: { welcomed: 0 } }))
    mismatch(bob, committing(1, bob, [], { commit: { facts: null } }))
  })

  it('adds no device that is in already, and not the committer', () => {
    mismatch(alice, committing(0, alice, [], { change: { addDevices: [bob] } }))
    mismatch(alice, committing(0, alice, [], { change: { addDevices: [alice] } }))
  })

  it('adds devices of members only', () => {
    given(...encrypted)
      .when(command(alice, committing(0, alice, [], { change: { addDevices: [dave] } })))
      .thenRejection('not_a_member', { userId: 'dave' })
  })

  it('lets in members by the right of whoever may add them, and no one twice', () => {
    const change = { addUsers: [dave.userId], addDevices: [dave] }
    given(...encrypted)
      .when(command(carol, committing(2, carol, [], { change })))
      .thenRejection('forbidden')
    given(...encrypted)
      .when(command(alice, committing(0, alice, [], { change: { addUsers: [carol.userId] } })))
      .thenRejection('already_member', { userId: 'carol' })
    given(startedDirect, encryptedFor(bob))
      .when(command(bob, committing(1, bob, [], { change })))
      .thenRejection('forbidden')
  })

  it('any member may add a device of any member', () => {
    given(...encrypted)
      .when(command(carol, committing(2, carol, [], { change: { addDevices: [aliceTablet] } })))
      .thenData(last({ added: [leaf(aliceTablet, 3)] }))
  })

  it('keeps the group within its number of devices', () => {
    given(...encrypted, filled)
      .when(command(alice, committing(0, alice, [], { epoch: 2, change: { addDevices: [aliceTablet] } })))
      .thenRejection('member_limit', { limit: deviceLimit })
  })

  it('lets a device come back into a full group, in its own place', () => {
    const change = { addDevices: [bob], removeDevices: [bob] }
    given(...encrypted, filled)
      .when(command(bob, committing('external', bob, [1], { epoch: 2, change })))
      .thenData(last({ epoch: 3, external: true, added: [leaf(bob, 1)], removed: [leaf(bob, 1)] }))
  })
})

describe('[E9] a commit that gives a role', () => {
  const giving = (to: Actor, role: Role, wanted: Wanted = {}) => {
    const given = { userId: to.userId, role }
    return committing(0, alice, [], {
      ...wanted,
      change: { role: given, ...wanted.change },
      facts: { role: given, ...wanted.facts },
    })
  }

  it('says so in its own event, before the commit that carries the number', () => {
    given(...encrypted)
      .when(command(alice, giving(carol, 'admin')))
      .thenData({ type: 'RoleChanged', userId: carol.userId, role: 'admin' }, last({}))
  })

  it('must state what is declared, and change nothing else', () => {
    mismatch(alice, giving(carol, 'admin', { facts: { role: undefined } }))
    mismatch(alice, giving(carol, 'admin', { facts: { role: { userId: carol.userId, role: 'owner' } } }))
    mismatch(alice, committing(0, alice, [], { facts: { role: { userId: carol.userId, role: 'admin' } } }))
    mismatch(alice, giving(carol, 'admin', { change: { addDevices: [aliceTablet] } }))
  })

  it('needs the right to it', () => {
    given(...encrypted)
      .when(command(alice, giving(dave, 'admin')))
      .thenRejection('not_a_member')
    given(...encrypted)
      .when(command(alice, giving(alice, 'member')))
      .thenRejection('last_owner')
  })
})
