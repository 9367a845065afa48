import { describe, expect, it } from 'vitest'
import { decide } from '../../../src/domain/conversation/decider.ts'
import type { ConversationEvent } from '../../../src/domain/conversation/events.ts'
import { deviceLimit, type GroupPlace } from '../../../src/domain/conversation/group.ts'
import { askDeviceRemoval } from '../../../src/domain/conversation/group-commits.ts'
import { evolve, initialState } from '../../../src/domain/conversation/state.ts'
import { userId } from '../../../src/domain/ids.ts'
import { limits } from '../../../src/protocol/limits.ts'
import {
  alice,
  aliceTablet,
  at,
  bob,
  type CommandBody,
  carol,
  command,
  direct,
  facts,
  given,
  group,
  left,
  messageNo,
  relating,
  sent,
} from './examples.ts'
import { commit, committed, encryptedFor, leaf } from './group-examples.ts'

const start = group([bob, 'admin'], [carol, 'member'])
const encrypted = [start, encryptedFor(bob, carol)]
const message = (place?: GroupPlace): CommandBody => ({
  type: 'SendMessage',
  messageId: messageNo(1),
  ...(place !== undefined && { encrypted: place }),
})
const at1 = { generation: 0, epoch: 1 }
const at2 = { generation: 0, epoch: 2 }

const fold = (...events: readonly ConversationEvent[]) => events.reduce(evolve, initialState())
const verdict = (body: CommandBody, before: readonly ConversationEvent[], required: boolean) => {
  const decision = decide(fold(...before), command(alice, body), required)
  return decision.kind === 'rejected' ? decision.rejection.code : decision.kind
}

describe('[E1] a message', () => {
  it('is encrypted to the present epoch of this group', () => {
    given(...encrypted)
      .when(command(bob, message(at1)))
      .thenData({ type: 'MessageSent', messageId: messageNo(1), seq: 1, clientSeq: 1 })
  })

  it('that is no ciphertext to this group is refused, as are edits, reactions and replies', () => {
    given(...encrypted)
      .when(command(bob, message()))
      .thenRejection('not_ciphertext')
    for (const kind of ['edit', 'reaction', 'reply'] as const) {
      given(...encrypted, sent(bob, 2))
        .when(command(bob, relating(kind, facts(bob, 2))))
        .thenRejection('not_ciphertext')
    }
  })

  it('of the epoch before is taken as long as nobody was removed since', () => {
    given(...encrypted, committed(alice, { epoch: 2, added: [leaf(aliceTablet, 3)] }))
      .when(command(bob, message(at1)))
      .thenData({ type: 'MessageSent', messageId: messageNo(1), seq: 1, clientSeq: 1 })
    given(...encrypted, committed(alice, { epoch: 2, removed: [leaf(carol, 2)] }))
      .when(command(bob, message(at1)))
      .thenRejection('stale_epoch', at2)
    given(...encrypted, committed(alice, { epoch: 2 }), committed(alice, { epoch: 3 }))
      .when(command(bob, message(at1)))
      .thenRejection('stale_epoch', { generation: 0, epoch: 3 })
  })

  it('of an epoch that is not yet, or of another generation, is refused', () => {
    for (const place of [at2, { generation: 1, epoch: 1 }, { generation: 0, epoch: 0 }]) {
      given(...encrypted)
        .when(command(bob, message(place)))
        .thenRejection('stale_epoch', at1)
    }
    const reset: ConversationEvent = { type: 'GroupReset', at, actor: alice, data: { generation: 1 } }
    for (const place of [at1, { generation: 1, epoch: 0 }]) {
      given(...encrypted, reset)
        .when(command(bob, message(place)))
        .thenRejection('stale_epoch', { generation: 1, epoch: 0 })
    }
  })

  it('[M2] is answered again at any later epoch', () => {
    given(...encrypted, sent(bob, 1, 1), committed(alice, { epoch: 2, removed: [leaf(carol, 2)] }))
      .when(command(bob, message(at1)))
      .thenRepeat(2)
  })
})

describe('[E5] while a removal waits', () => {
  const waiting = [...encrypted, sent(bob, 2), left(carol)]

  it('nobody sends, and learns whom to remove', () => {
    given(...waiting)
      .when(command(bob, message(at1)))
      .thenRejection('commit_required', { devices: 'carol/phone' })
  })

  it('a message can be deleted: a deletion tells nobody anything', () => {
    given(...waiting)
      .when(command(bob, relating('delete', facts(bob, 2))))
      .thenData({
        type: 'MessageDeleted',
        messageId: messageNo(99),
        target: { messageId: messageNo(2), revision: 2, seq: 2 },
        clientSeq: 1,
      })
  })

  it('everything goes on once it is committed', () => {
    given(...waiting, committed(bob, { epoch: 2, removed: [leaf(carol, 2)] }))
      .when(command(bob, message(at2)))
      .thenData({ type: 'MessageSent', messageId: messageNo(1), seq: 3, clientSeq: 1 })
  })

  it('a member without a device in the tree leaves without a trace in it', () => {
    given(start, encryptedFor(bob), left(carol))
      .when(command(bob, message(at1)))
      .thenData({ type: 'MessageSent', messageId: messageNo(1), seq: 1, clientSeq: 1 })
  })

  it('members are added by commits only', () => {
    given(...encrypted)
      .when(command(alice, { type: 'AddMembers', userIds: [aliceTablet.userId] }))
      .thenRejection('already_member')
    given(start, encryptedFor(bob))
      .when(command(alice, { type: 'AddMembers', userIds: [userId('eve')] }))
      .thenRejection('commit_required')
  })
})

describe('the removal of a revoked device', () => {
  const ask = (...events: readonly ConversationEvent[]) =>
    askDeviceRemoval(fold(...events), { type: 'AskDeviceRemoval', at, actor: bob, device: carol })
  const asked: ConversationEvent = { type: 'DeviceRemovalAsked', at, actor: bob, data: carol }

  it('is asked once, whoever asks and how often', () => {
    expect(ask(...encrypted)).toEqual([asked])
    expect(ask(...encrypted, asked)).toEqual([])
    expect(ask(...encrypted, left(carol))).toEqual([])
  })

  it('is not asked where the device is not', () => {
    expect(ask(start)).toEqual([])
    expect(ask(start, encryptedFor(bob))).toEqual([])
    expect(ask(...encrypted, left(carol), committed(alice, { epoch: 2, removed: [leaf(carol, 2)] }))).toEqual([])
  })
})

describe('a new conversation', () => {
  const addDevices = [bob]
  const beginning = (change = addDevices) => ({
    addDevices,
    commit: commit(0, alice, [], { epoch: 0, change: { addDevices: change } }),
  })
  const alone = {
    addDevices: [],
    commit: { ...commit(0, alice, [], {}), facts: null, groupInfo: { generation: 0, epoch: 0 } },
  }

  it('begins with its group in one append', () => {
    given()
      .when(command(alice, { type: 'StartGroup', members: [bob.userId], group: beginning() }))
      .thenData(
        {
          type: 'ConversationStarted',
          kind: 'group',
          members: [
            { userId: 'alice', role: 'owner' },
            { userId: 'bob', role: 'member' },
          ],
          clientSeq: 1,
        },
        {
          type: 'GroupCommitted',
          generation: 0,
          epoch: 1,
          external: false,
          added: [leaf(alice, 0), leaf(bob, 1)],
          removed: [],
          ...commit(0, alice, [], {}).refs,
        },
      )
  })

  it('begins at epoch 0 when its maker has no other device to add', () => {
    expect(verdict({ type: 'StartDirect', peer: bob.userId, group: alone }, [], true)).toBe('accepted')
  })

  it('adds no device of one who is no member, and what it declares', () => {
    given()
      .when(command(alice, { type: 'StartGroup', members: [carol.userId], group: beginning() }))
      .thenRejection('not_a_member', { userId: 'bob' })
    given()
      .when(command(alice, { type: 'StartGroup', members: [bob.userId], group: beginning([carol]) }))
      .thenRejection('commit_mismatch')
  })

  it('that another device has just opened exists: its commit has lost', () => {
    given(direct, encryptedFor(bob))
      .when(command(bob, { type: 'StartDirect', peer: alice.userId, group: alone }))
      .thenRejection('already_exists')
  })
})

describe('where encryption is required of all', () => {
  it('nothing begins, and nothing is sent, without a group', () => {
    expect(verdict({ type: 'StartGroup', members: [] }, [], true)).toBe('commit_required')
    expect(verdict({ type: 'StartDirect', peer: bob.userId }, [], true)).toBe('commit_required')
    expect(verdict({ ...message(at1), peer: bob.userId } as CommandBody, [], true)).toBe('not_ciphertext')
    expect(verdict(message(), [start], true)).toBe('not_ciphertext')
    expect(verdict(message(at1), [start], true)).toBe('not_ciphertext')
    expect(verdict(message(at1), encrypted, true)).toBe('accepted')
  })

  it('the limits of domain and protocol are the same', () => {
    expect(deviceLimit).toBe(limits.groupDevices)
  })
})
