import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ConversationEvent } from '../../../../src/domain/conversation/conversation-events.ts'
import { deviceLimit, type GroupBeginning } from '../../../../src/domain/conversation/groups/group.ts'
import type { Role } from '../../../../src/domain/conversation/members/role.ts'
import { memberLimit } from '../../../../src/domain/conversation/start-conversation.ts'
import { type Actor, deviceId, userId } from '../../../../src/domain/ids.ts'
import type { RejectionCode } from '../../../../src/domain/rejection.ts'
import {
  alice,
  alone,
  bob,
  type CommandBody,
  carol,
  command,
  dave,
  direct,
  facts,
  given,
  group,
  left,
  message,
  messageNo,
  relating,
  sent,
  started,
} from './examples.ts'
import { play, steps } from './generated.ts'
import { commit, committing, encryptedFor } from './groups/examples.ts'

/** Every rejection that each command can meet once its number is in order, with an example. */
interface Example {
  readonly before: readonly ConversationEvent[]
  readonly actor: Actor
  readonly body: CommandBody
}
const staff = [...group([bob, 'admin'], [carol, 'member']), sent(alice, 1)]
const by = (actor: Actor, body: CommandBody, before: readonly ConversationEvent[] = staff): Example => ({
  before,
  actor,
  body,
})

const crowd = Array.from({ length: memberLimit }, (_, index) => userId(`user-${index}`))
const startGroup = { type: 'StartGroup', members: [], group: alone } as const
const startDirect = { type: 'StartDirect', peer: bob.userId, group: alone } as const
const remove = ({ userId }: Actor): CommandBody => ({ type: 'RemoveMember', userId })
const leave: CommandBody = { type: 'LeaveConversation' }
const role = ({ userId }: Actor, role: Role): CommandBody => ({ type: 'ChangeRole', userId, role })
const rename: CommandBody = { type: 'RenameConversation', name: 'bmFtZQ==' }
const describeIt: CommandBody = { type: 'DescribeConversation', description: 'ZA==' }
const retention: CommandBody = { type: 'ChangeRetention', seconds: 60 }
const posting: CommandBody = { type: 'ChangePosting', posting: 'admins' }
const unknown: CommandBody = {
  ...message(9),
  relatesTo: { kind: 'reply', messageId: messageNo(5), revision: 6 },
}

const encrypted = [started([bob, 'admin'], [carol, 'member']), encryptedFor(bob, carol), sent(alice, 1)]
const waiting = [...encrypted, left(carol)]
const at1 = { generation: 0, epoch: 1 }

/** A beginning whose commit adds `adds`. */
const bringing = (adds: readonly Actor[], addDevices = adds, generation = 0): GroupBeginning => ({
  addDevices,
  commit: commit(0, alice, [], { epoch: 0, generation, change: { addDevices: adds } }),
})
const devices = Array.from({ length: deviceLimit }, (_, index) => ({ ...bob, deviceId: deviceId(`d${index}`) }))

const examples: Record<CommandBody['type'], Partial<Record<RejectionCode, Example>>> = {
  StartGroup: {
    already_exists: by(alice, startGroup),
    member_limit: by(alice, { ...startGroup, members: crowd }, []),
    commit_required: by(alice, { type: 'StartGroup', members: [] }, []),
    commit_mismatch: by(alice, { ...startGroup, group: bringing([bob], [bob, carol]) }, []),
    not_a_member: by(alice, { ...startGroup, group: bringing([bob]) }, []),
    stale_epoch: by(alice, { ...startGroup, group: bringing([], [], 1) }, []),
  },
  StartDirect: {
    already_exists: by(alice, startDirect, direct),
    commit_required: by(alice, { type: 'StartDirect', peer: bob.userId }, []),
    commit_mismatch: by(alice, { ...startDirect, group: bringing([bob], []) }, []),
    not_a_member: by(alice, { ...startDirect, peer: carol.userId, group: bringing([bob]) }, []),
    member_limit: by(alice, { ...startDirect, group: bringing(devices) }, []),
    stale_epoch: by(alice, { ...startDirect, group: bringing([], [], 1) }, []),
  },
  RemoveMember: {
    not_found: by(dave, remove(carol)),
    forbidden: by(bob, remove(alice)),
    not_a_member: by(bob, remove(dave)),
  },
  LeaveConversation: {
    not_found: by(dave, leave),
    forbidden: by(alice, leave, direct),
    last_owner: by(alice, leave),
  },
  DeleteConversation: {
    not_found: by(dave, { type: 'DeleteConversation' }),
    forbidden: by(bob, { type: 'DeleteConversation' }),
  },
  ChangeRole: {
    not_found: by(dave, role(carol, 'admin')),
    forbidden: by(bob, role(carol, 'owner')),
    not_a_member: by(alice, role(dave, 'admin')),
    last_owner: by(alice, role(alice, 'member')),
  },
  RenameConversation: { not_found: by(dave, rename), forbidden: by(carol, rename) },
  DescribeConversation: { not_found: by(dave, describeIt), forbidden: by(carol, describeIt) },
  ChangePosting: { not_found: by(dave, posting), forbidden: by(carol, posting) },
  ChangeRetention: { not_found: by(dave, retention), forbidden: by(carol, retention) },
  SendMessage: {
    not_found: by(dave, message(2)),
    unknown_target: by(alice, unknown),
    message_deleted: by(alice, relating('reply', facts(alice, 1, { deleted: true }))),
    forbidden: by(bob, relating('edit', facts(alice, 1))),
    not_ciphertext: by(bob, { type: 'SendMessage', messageId: messageNo(2) }),
    stale_epoch: by(bob, { ...message(2), encrypted: at1 }),
    commit_required: by(bob, { ...message(2), encrypted: at1 }, waiting),
  },
  CommitGroup: {
    not_found: by(dave, committing(1, dave), encrypted),
    stale_epoch: by(bob, committing(1, bob, [], { epoch: 2 }), encrypted),
    commit_mismatch: by(bob, committing(0, bob), encrypted),
    commit_required: by(bob, committing(1, bob), waiting),
    forbidden: by(alice, committing(0, alice, [1], { change: { removeDevices: [bob] } }), encrypted),
    not_a_member: by(alice, committing(0, alice, [], { change: { addDevices: [dave] } }), encrypted),
    already_member: by(alice, committing(0, alice, [], { change: { addUsers: [bob.userId] } }), encrypted),
    member_limit: by(alice, committing(0, alice, [], { change: { addUsers: crowd } }), encrypted),
  },
  ResetGroup: {
    not_found: by(dave, { type: 'ResetGroup', generation: 1 }, encrypted),
    forbidden: by(carol, { type: 'ResetGroup', generation: 1 }, encrypted),
    stale_epoch: by(alice, { type: 'ResetGroup', generation: 2 }, encrypted),
  },
}

const cases = Object.entries(examples).flatMap(([type, codes]) =>
  Object.entries(codes).map(([code, example]) => ({ type, code: code as RejectionCode, ...example })),
)
const oneEach = cases.filter(({ type }, index) => cases.findIndex((other) => other.type === type) === index)

describe('every rejection of every command', () => {
  it.each(cases)('$type: $code', ({ before, actor, body, code }) => {
    given(...before)
      .when(command(actor, body))
      .thenRejection(code)
  })

  it.each(oneEach)('$type: client_seq_gap comes before all of them', ({ before, actor, body }) => {
    given(...before)
      .when(command(actor, body, 3, 2))
      .thenRejection('client_seq_gap', { last: 0 })
  })

  it.each(oneEach)('$type: client_seq_conflict comes before all of them', ({ before, actor, body }) => {
    const start = before.length === 0 ? group() : before
    given(...start, sent(actor, 50, 1))
      .when(command(actor, body, 1))
      .thenRejection('client_seq_conflict', { last: 1 })
  })

  it('there is no other: random commands upon random histories meet only these', () => {
    const listed = new Set(cases.map(({ type, code }) => `${type}: ${code}`))
    fc.assert(
      fc.property(steps, (tried) => {
        for (const [type, code] of play(tried).codes) {
          expect(listed).toContain(`${type}: ${code}`)
        }
      }),
      { numRuns: 400 },
    )
  })
})
