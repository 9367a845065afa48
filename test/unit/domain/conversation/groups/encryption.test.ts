import { limits } from '@backscroll/protocol/limits'
import { describe, expect, it } from 'vitest'
import type { ConversationEvent } from '../../../../../src/domain/conversation/conversation-events.ts'
import { evolve, initialState } from '../../../../../src/domain/conversation/conversation-state.ts'
import { deviceLimit, type GroupPlace } from '../../../../../src/domain/conversation/groups/group.ts'
import { askDeviceRemoval } from '../../../../../src/domain/conversation/groups/group-commits.ts'
import {
  alice,
  aliceTablet,
  alone,
  at,
  begunBy,
  bob,
  type CommandBody,
  carol,
  command,
  facts,
  given,
  left,
  type MessageBody,
  messageNo,
  relating,
  sent,
  started,
  startedDirect,
} from '../examples.ts'
import { commit, committed, committing, encryptedFor, leaf } from './examples.ts'

const start = started([bob, 'admin'], [carol, 'member'])
const encrypted = [start, encryptedFor(bob, carol)]
const message = (place?: GroupPlace): CommandBody => ({
  type: 'SendMessage',
  messageId: messageNo(1),
  ...(place !== undefined && { encrypted: place }),
})
const at1 = { generation: 0, epoch: 1 }
const at2 = { generation: 0, epoch: 2 }

const fold = (...events: readonly ConversationEvent[]) => events.reduce(evolve, initialState())
const unencrypted = ({ encrypted: _none, ...body }: MessageBody): CommandBody => body

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
      given(...encrypted, sent(bob, 1))
        .when(command(bob, unencrypted(relating(kind, facts(bob, 1)))))
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
  const waiting = [...encrypted, sent(bob, 1), left(carol)]

  it('nobody sends, and learns whom to remove', () => {
    given(...waiting)
      .when(command(bob, message(at1)))
      .thenRejection('commit_required', { devices: 'carol/phone' })
  })

  it('a message can be deleted: a deletion tells nobody anything', () => {
    given(...waiting)
      .when(command(bob, relating('delete', facts(bob, 1))))
      .thenData({
        type: 'MessageDeleted',
        messageId: messageNo(99),
        target: { messageId: messageNo(1), revision: 2, seq: 1 },
        clientSeq: 1,
      })
  })

  it('everything goes on once it is committed', () => {
    given(...waiting, committed(bob, { epoch: 2, removed: [leaf(carol, 2)] }))
      .when(command(bob, message(at2)))
      .thenData({ type: 'MessageSent', messageId: messageNo(1), seq: 2, clientSeq: 1 })
  })

  it('a member without a device in the tree leaves without a trace in it', () => {
    given(start, encryptedFor(bob), left(carol))
      .when(command(bob, message(at1)))
      .thenData({ type: 'MessageSent', messageId: messageNo(1), seq: 1, clientSeq: 1 })
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
    const both = [
      { userId: 'alice', role: 'member' },
      { userId: 'bob', role: 'member' },
    ]
    given()
      .when(command(alice, { type: 'StartDirect', peer: bob.userId, group: alone }))
      .thenData(
        { type: 'ConversationStarted', kind: 'direct', members: both, clientSeq: 1 },
        { type: 'GroupCommitted', ...begunBy(alice) },
      )
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
    given(startedDirect, encryptedFor(bob))
      .when(command(bob, { type: 'StartDirect', peer: alice.userId, group: alone }))
      .thenRejection('already_exists')
  })
})

describe('a conversation that has no group', () => {
  it('takes no message, whatever it is encrypted to', () => {
    for (const body of [message(), message(at1), message({ generation: 0, epoch: 0 })]) {
      given(start).when(command(alice, body)).thenRejection('not_ciphertext')
    }
  })

  it('gets one by whoever commits first', () => {
    const commits = committing(0, bob, [], { epoch: 0, change: { addDevices: [alice] } })
    given(start)
      .when(command(bob, commits))
      .thenData({
        type: 'GroupCommitted',
        ...begunBy(bob),
        epoch: 1,
        added: [leaf(bob, 0), leaf(alice, 1)],
        clientSeq: 1,
      })
  })
})

it('the limits of domain and protocol are the same', () => {
  expect(deviceLimit).toBe(limits.groupDevices)
})
