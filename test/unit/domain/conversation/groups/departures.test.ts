import { describe, it } from 'vitest'
import type { ConversationEvent } from '../../../../../src/domain/conversation/conversation-events.ts'
import type { Actor } from '../../../../../src/domain/ids.ts'
import {
  alice,
  aliceTablet,
  at,
  bob,
  carol,
  command,
  dave,
  given,
  left,
  refs,
  started,
  startedDirect,
} from '../examples.ts'
import { committing, encryptedFor, leaf } from './examples.ts'

const start = started([bob, 'admin'], [carol, 'member'])
/** Leaves: Alice's phone 0, Bob's phone 1, Carol's phone 2. */
const encrypted = [start, encryptedFor(bob, carol)]
const gone = (actor: Actor): ConversationEvent => ({
  type: 'MemberRemoved',
  at,
  actor: alice,
  data: { userId: actor.userId, lastSeq: 0 },
})

const next = { generation: 0, epoch: 2, external: false, added: [], removed: [], ...refs, clientSeq: 1 }
const last = (data: object) => ({ type: 'GroupCommitted', ...next, ...data })
const mismatch = (actor: Actor, body: ReturnType<typeof committing>, before = encrypted) =>
  given(...before)
    .when(command(actor, body))
    .thenRejection('commit_mismatch')

describe('[E5] removals', () => {
  const exactly = { change: { removeDevices: [carol] } }

  it('of others are not for a commit alone; own devices are', () => {
    given(...encrypted)
      .when(command(alice, committing(0, alice, [2], exactly)))
      .thenRejection('forbidden')
    given(start, encryptedFor(aliceTablet))
      .when(command(alice, committing(0, alice, [1], { change: { removeDevices: [aliceTablet] } })))
      .thenData(last({ removed: [leaf(aliceTablet, 1)] }))
    mismatch(alice, committing(0, alice, [0], { change: { removeDevices: [alice] } }))
  })

  it('that wait come first, exactly they, by any member', () => {
    for (const departure of [gone(carol), left(carol)]) {
      given(...encrypted, departure)
        .when(command(bob, committing(1, bob)))
        .thenRejection('commit_required', { devices: 'carol/phone' })
      given(...encrypted, departure)
        .when(command(bob, committing(1, bob, [], { change: { addDevices: [aliceTablet] } })))
        .thenRejection('commit_required')
      given(...encrypted, departure)
        .when(command(bob, committing(1, bob, [2], exactly)))
        .thenData(last({ removed: [leaf(carol, 2)] }))
    }
  })

  it('that wait are committed all at once', () => {
    given(...encrypted, gone(carol), gone(bob))
      .when(command(alice, committing(0, alice, [2], exactly)))
      .thenRejection('commit_required', { devices: 'carol/phone,bob/phone' })
    given(...encrypted, gone(carol), gone(bob))
      .when(command(alice, committing(0, alice, [2, 1], { change: { removeDevices: [bob, carol] } })))
      .thenData(last({ removed: [leaf(bob, 1), leaf(carol, 2)] }))
  })

  it('of a revoked device wait as well, and the device itself commits nothing any more', () => {
    const asked: ConversationEvent = { type: 'DeviceRemovalAsked', at, actor: alice, data: aliceTablet }
    const before = [start, encryptedFor(aliceTablet, bob), asked]
    given(...before)
      .when(command(bob, committing(2, bob)))
      .thenRejection('commit_required', { devices: 'alice/tablet' })
    given(...before)
      .when(command(alice, committing(0, alice, [1], { change: { removeDevices: [aliceTablet] } })))
      .thenData(last({ removed: [leaf(aliceTablet, 1)] }))
    given(...before)
      .when(
        command(
          aliceTablet,
          committing('external', aliceTablet, [1], {
            change: { addDevices: [aliceTablet], removeDevices: [aliceTablet] },
          }),
        ),
      )
      .thenRejection('forbidden')
  })
})

describe('[E4] a device that joins from outside', () => {
  const joins = (by: Actor, removes: readonly number[], more = {}) =>
    committing('external', by, removes, {
      change: { addDevices: [by], removeDevices: removes.length === 0 ? [] : [by] },
      ...more,
    })

  it('gets the leftmost blank leaf', () => {
    given(...encrypted)
      .when(command(aliceTablet, joins(aliceTablet, [])))
      .thenData(last({ external: true, added: [leaf(aliceTablet, 3)] }))
  })

  it('comes back in place of its own old leaf', () => {
    given(...encrypted)
      .when(command(bob, joins(bob, [1])))
      .thenData(last({ external: true, added: [leaf(bob, 1)], removed: [leaf(bob, 1)] }))
  })

  it('removes its old leaf and nobody else', () => {
    mismatch(bob, joins(bob, []))
    mismatch(bob, joins(bob, [1, 2]))
    mismatch(bob, joins(bob, [2]))
    mismatch(aliceTablet, joins(aliceTablet, [0]))
    mismatch(bob, committing('external', bob, [1], { change: { addDevices: [bob] } }))
  })

  it('joins for itself, and brings nobody', () => {
    mismatch(bob, joins(alice, [0]))
    mismatch(bob, joins(bob, [1], { facts: { adds: [aliceTablet] }, commit: { welcomed: 1 } }))
    mismatch(bob, joins(bob, [1], { facts: { path: undefined } }))
    mismatch(bob, joins(bob, [1], { facts: { externalInit: false } }))
    const change = { addUsers: [dave.userId], addDevices: [bob], removeDevices: [bob] }
    mismatch(bob, committing('external', bob, [1], { change }))
  })

  it('may come back while removals wait, so that somebody can commit them', () => {
    given(...encrypted, gone(carol))
      .when(command(bob, joins(bob, [1])))
      .thenData(last({ external: true, added: [leaf(bob, 1)], removed: [leaf(bob, 1)] }))
  })

  it('finds no group where there is none', () => {
    mismatch(bob, joins(bob, [], { epoch: 0 }), [start])
  })
})

describe('a reset', () => {
  const reset: ConversationEvent = { type: 'GroupReset', at, actor: alice, data: { generation: 1 } }

  it('is for owners and admins, in a direct conversation for both', () => {
    given(...encrypted)
      .when(command(bob, { type: 'ResetGroup', generation: 1 }))
      .thenData({ type: 'GroupReset', generation: 1, clientSeq: 1 })
    given(...encrypted)
      .when(command(carol, { type: 'ResetGroup', generation: 1 }))
      .thenRejection('forbidden')
    given(startedDirect, encryptedFor(bob))
      .when(command(bob, { type: 'ResetGroup', generation: 1 }))
      .thenData({ type: 'GroupReset', generation: 1, clientSeq: 1 })
    given(start)
      .when(command(alice, { type: 'ResetGroup', generation: 1 }))
      .thenRejection('not_found')
  })

  it('forgets the tree and what waited: whoever commits first begins the next generation', () => {
    const wanted = { epoch: 0, generation: 1, change: { addDevices: [alice] } }
    given(...encrypted, gone(carol), reset)
      .when(command(bob, committing(0, bob, [], wanted)))
      .thenData(last({ generation: 1, epoch: 1, added: [leaf(bob, 0), leaf(alice, 1)] }))
    given(...encrypted, reset)
      .when(command(bob, committing(1, bob)))
      .thenRejection('stale_epoch', { generation: 1, epoch: 0 })
  })
})

describe('[E5] a commit whose maker did not know who has gone', () => {
  /** Dave has no device in the group. The events: start, group, two messages' worth of nothing, departure. */
  const withDave = [started([bob, 'admin'], [carol, 'member'], [dave, 'member']), encryptedFor(bob, carol)]
  const stale = { generation: 0, epoch: 1 }

  it('is to be made anew: its GroupInfo would say that they are still in', () => {
    for (const departure of [gone(dave), left(dave)])
      given(...withDave, departure)
        .when(command(bob, { ...committing(1, bob), upTo: 1 }))
        .thenRejection('stale_epoch', stale)
    given(...withDave, gone(dave))
      .when(command(bob, { ...committing(1, bob), upTo: 2 }))
      .thenData(last({}))
    const back = { change: { addDevices: [bob], removeDevices: [bob] } }
    given(...withDave, gone(dave))
      .when(command(bob, { ...committing('external', bob, [1], back), upTo: 1 }))
      .thenRejection('stale_epoch', stale)
  })
})
