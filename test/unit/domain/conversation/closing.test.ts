import { describe, expect, it } from 'vitest'
import { closeConversation } from '../../../../src/domain/conversation/closing.ts'
import type { ConversationEvent } from '../../../../src/domain/conversation/conversation-events.ts'
import { fromSnapshot, toSnapshot } from '../../../../src/domain/conversation/conversation-snapshot.ts'
import { evolve, initialState } from '../../../../src/domain/conversation/conversation-state.ts'
import { deviceId, userId } from '../../../../src/domain/ids.ts'
import {
  alice,
  at,
  bob,
  type CommandBody,
  carol,
  command,
  dave,
  facts,
  given,
  group,
  message,
  messageNo,
  relating,
  sent,
} from './examples.ts'
import { committing } from './groups/examples.ts'

const server = { userId: userId('~server'), deviceId: deviceId('~moderation') }
const closed: ConversationEvent = { type: 'ConversationClosed', at, actor: server, data: {} }
const before = [...group([bob, 'admin'], [carol, 'member']), sent(bob, 1), closed]

const refused: readonly CommandBody[] = [
  message(2),
  relating('edit', facts(bob, 1)),
  relating('reaction', facts(bob, 1)),
  { type: 'RenameConversation', name: 'bmFtZQ==' },
  { type: 'DescribeConversation', description: 'ZA==' },
  { type: 'ChangeRetention', seconds: 60 },
  { type: 'RemoveMember', userId: carol.userId },
  { type: 'ResetGroup', generation: 1 },
  committing(0, bob),
]

describe('a group that an admin has closed', () => {
  it.each(refused)('takes nothing more: $type', (body) => {
    given(...before)
      .when(command(bob, body))
      .thenRejection('conversation_closed')
  })

  it('lets members leave and delete their own messages', () => {
    given(...before)
      .when(command(carol, { type: 'LeaveConversation' }))
      .thenData({ type: 'MemberLeft', userId: carol.userId, lastSeq: 1, clientSeq: 1 })
    given(...before)
      .when(command(bob, relating('delete', facts(bob, 1))))
      .thenData({
        ...{ type: 'MessageDeleted', messageId: messageNo(99), clientSeq: 1 },
        target: { messageId: messageNo(1), revision: 2, seq: 1 },
      })
  })

  it('can be handed over by the server when its last owner is erased', () => {
    given(...before)
      .when(command(alice, { type: 'ChangeRole', userId: bob.userId, role: 'owner' }))
      .thenData({ type: 'RoleChanged', userId: bob.userId, role: 'owner', clientSeq: 1 })
  })

  it('reveals nothing to strangers', () => {
    given(...before)
      .when(command(dave, message(2)))
      .thenRejection('not_found')
  })

  it('is closed once, and stays closed after a snapshot', () => {
    const [first, ...rest] = before.slice(0, -1)
    const open = [first, ...rest].flatMap((event) => event ?? []).reduce(evolve, initialState())
    const closing = { type: 'CloseConversation', at } as const
    expect(closeConversation(open, closing)).toEqual([closed])
    const after = fromSnapshot(toSnapshot(evolve(open, closed)))
    expect(after.isClosed).toBe(true)
    expect(closeConversation(after, closing)).toEqual([])
  })
})
