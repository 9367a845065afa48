import { describe, it } from 'vitest'
import type { ConversationEvent } from '../../../../src/domain/conversation/conversation-events.ts'
import {
  alice,
  aliceTablet,
  at,
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
} from './examples.ts'

const staff = group([bob, 'admin'], [carol, 'member'])
const target = { messageId: messageNo(1), revision: 2, seq: 1 }
const kinds = ['reply', 'edit', 'delete', 'reaction'] as const
const deletedFirst: ConversationEvent = {
  type: 'MessageDeleted',
  at,
  actor: alice,
  data: { messageId: messageNo(98), target },
}

const expiredFirst: ConversationEvent = {
  type: 'MessagesExpired',
  at,
  actor: alice,
  data: { from: 0, upTo: 2, lastSeq: 1, since: at },
}

describe('where only owners and admins post', () => {
  const announcements = [
    ...staff,
    { type: 'PostingChanged', at, actor: alice, data: { posting: 'admins' } } satisfies ConversationEvent,
  ]
  const earlier = sent(carol, 1)
  const revision = announcements.length
  const ofCarol = facts(carol, 1, { revision })
  const own = { messageId: ofCarol.messageId, revision, seq: 1 }

  it('they do', () => {
    for (const actor of [alice, bob])
      given(...announcements)
        .when(command(actor, message(2)))
        .thenData({ type: 'MessageSent', messageId: messageNo(2), seq: 1, clientSeq: 1 })
  })

  it('a member says nothing new: no message, no reply, no edit', () => {
    for (const body of [message(2), relating('reply', ofCarol), relating('edit', ofCarol)])
      given(...announcements, earlier)
        .when(command(carol, body))
        .thenRejection('forbidden')
  })

  it('a member reacts, and deletes own messages', () => {
    given(...announcements, earlier)
      .when(command(carol, relating('reaction', ofCarol)))
      .thenData({ type: 'MessageReacted', messageId: messageNo(99), target: own, clientSeq: 1 })
    given(...announcements, earlier)
      .when(command(carol, relating('delete', ofCarol)))
      .thenData({ type: 'MessageDeleted', messageId: messageNo(99), target: own, clientSeq: 1 })
  })

  it('devices of members still tell each other what they must', () => {
    given(...announcements)
      .when(command(carol, { ...message(2), control: true }))
      .thenData({ type: 'ControlSent', messageId: messageNo(2), clientSeq: 1 })
  })

  it('everybody posts again when that is said', () => {
    given(...announcements, { type: 'PostingChanged', at, actor: bob, data: { posting: 'everyone' } })
      .when(command(carol, message(2)))
      .thenData({ type: 'MessageSent', messageId: messageNo(2), seq: 1, clientSeq: 1 })
  })
})

describe('what devices tell each other', () => {
  const control: CommandBody = { ...message(2), control: true, sentAt: 7 }

  it('takes no number, and the next message is none the further for it', () => {
    given(...direct, sent(alice, 1))
      .when(command(bob, control))
      .thenData({ type: 'ControlSent', messageId: messageNo(2), sentAt: 7, clientSeq: 1 })
    given(...direct, sent(alice, 1), { type: 'ControlSent', at, actor: bob, data: { messageId: messageNo(2) } })
      .when(command(alice, message(3)))
      .thenData({ type: 'MessageSent', messageId: messageNo(3), seq: 2, clientSeq: 1 })
  })

  it('is ciphertext, from members only', () => {
    given(...direct)
      .when(command(bob, { type: 'SendMessage', messageId: messageNo(2), control: true }))
      .thenRejection('not_ciphertext')
    given(...direct)
      .when(command(carol, control))
      .thenRejection('not_found')
  })
})

describe('a message', () => {
  it('gets the next number, whatever happened in between', () => {
    given(...staff, sent(alice, 1), left(carol))
      .when(command(bob, message(2)))
      .thenData({ type: 'MessageSent', messageId: messageNo(2), seq: 2, clientSeq: 1 })
  })

  it('keeps what the sender said about it', () => {
    const body = { ...message(1), contentType: 'a/b', mediaIds: ['m'], sentAt: 7 }
    given(...direct)
      .when(command(bob, body))
      .thenEvents({
        type: 'MessageSent',
        at,
        actor: bob,
        data: { messageId: messageNo(1), seq: 1, contentType: 'a/b', mediaIds: ['m'], sentAt: 7, clientSeq: 1 },
      })
  })

  it('[R4] is refused alike from one who never was a member, who left, and where there is no conversation', () => {
    given(...staff)
      .when(command(dave, message(1)))
      .thenRejection('not_found')
    given(...staff, left(carol))
      .when(command(carol, message(1)))
      .thenRejection('not_found')
    given(...direct)
      .when(command(carol, message(1)))
      .thenRejection('not_found')
    given()
      .when(command(alice, message(1)))
      .thenRejection('not_found')
  })
})

describe('[M4] what refers to another message', () => {
  it.each(kinds)('%s needs the message', (kind) => {
    given(...staff, sent(alice, 1))
      .when(
        command(alice, {
          ...message(2),
          relatesTo: { kind, messageId: messageNo(1), revision: 2 },
        }),
      )
      .thenRejection('unknown_target')
  })

  it.each(kinds)('%s needs the message that it names', (kind) => {
    for (const wrong of [{ messageId: messageNo(5) }, { revision: 5 }]) {
      const relatesTo = { kind, messageId: messageNo(1), revision: 2, target: facts(alice, 1), ...wrong }
      given(...staff, sent(alice, 1))
        .when(command(alice, { ...message(2), relatesTo }))
        .thenRejection('unknown_target')
    }
  })

  it.each(kinds)('%s needs a message that is not deleted', (kind) => {
    given(...staff, sent(alice, 1))
      .when(command(alice, relating(kind, facts(alice, 1, { deleted: true }))))
      .thenRejection('message_deleted')
  })

  it.each(kinds)('%s sees a deletion that whoever read the message did not see yet', (kind) => {
    given(...staff, sent(alice, 1), deletedFirst)
      .when(command(alice, relating(kind, facts(alice, 1))))
      .thenRejection('message_deleted')
  })

  it('a reaction goes with its message, deleted or expired', () => {
    const reaction = facts(alice, 7, { kind: 'reaction', of: target.revision })
    given(...staff, sent(alice, 1), deletedFirst)
      .when(command(alice, relating('delete', reaction)))
      .thenRejection('message_deleted')
    given(...staff, sent(alice, 1), expiredFirst)
      .when(command(alice, relating('delete', reaction)))
      .thenRejection('message_deleted')
  })

  it.each(kinds)('R4: %s does not reach a message from before one joined', (kind) => {
    const added: ConversationEvent = {
      type: 'MembersAdded',
      at,
      actor: alice,
      data: { members: [{ userId: dave.userId, role: 'admin' }], lastSeq: 1 },
    }
    given(...staff, sent(alice, 1), added)
      .when(command(dave, relating(kind, facts(alice, 1))))
      .thenRejection('unknown_target')
  })

  it('an edit reaches the own message of an earlier membership', () => {
    const again: ConversationEvent = {
      type: 'MembersAdded',
      at,
      actor: alice,
      data: { members: [{ userId: carol.userId, role: 'member' }], lastSeq: 1 },
    }
    given(...staff, sent(carol, 1), left(carol, 1), again)
      .when(command(carol, relating('edit', facts(carol, 1))))
      .thenData({ type: 'MessageEdited', messageId: messageNo(99), target, clientSeq: 1 })
  })

  it.each(['reply', 'reaction'] as const)(
    '%s reaches what an earlier membership showed, and nothing of between',
    (kind) => {
      const again = {
        type: 'MembersAdded' as const,
        at,
        actor: alice,
        data: { members: [{ userId: carol.userId, role: 'member' as const }], lastSeq: 2 },
      }
      const history = [...staff, sent(alice, 1), left(carol, 1), sent(alice, 2), again, left(carol, 2), again]
      const first = facts(alice, 1)
      given(...history)
        .when(command(carol, relating(kind, first)))
        .thenData(
          kind === 'reply'
            ? { type: 'MessageSent', messageId: messageNo(99), seq: 3, replyTo: target, clientSeq: 1 }
            : { type: 'MessageReacted', messageId: messageNo(99), target, clientSeq: 1 },
        )
      for (const revision of [first.revision + 1, first.revision + 2, first.revision + 3])
        given(...history)
          .when(command(carol, relating(kind, { ...facts(alice, 2), revision })))
          .thenRejection('unknown_target')
    },
  )

  it.each(['reply', 'edit', 'reaction'] as const)('%s does not take a reaction for a message', (kind) => {
    given(...staff, sent(alice, 1))
      .when(command(alice, relating(kind, facts(alice, 2, { kind: 'reaction', seq: 1 }))))
      .thenRejection('unknown_target')
  })

  it('a reply is a message of its own', () => {
    given(...staff, sent(alice, 1))
      .when(command(carol, relating('reply', facts(alice, 1))))
      .thenData({ type: 'MessageSent', messageId: messageNo(99), seq: 2, replyTo: target, clientSeq: 1 })
  })

  it('a reaction is for every member', () => {
    for (const actor of [alice, bob, carol]) {
      given(...staff, sent(alice, 1))
        .when(command(actor, relating('reaction', facts(alice, 1))))
        .thenData({ type: 'MessageReacted', messageId: messageNo(99), target, clientSeq: 1 })
    }
  })

  it('an edit is for the sender alone, from any device', () => {
    for (const actor of [alice, aliceTablet]) {
      given(...staff, sent(alice, 1))
        .when(command(actor, relating('edit', facts(alice, 1))))
        .thenData({ type: 'MessageEdited', messageId: messageNo(99), target, clientSeq: 1 })
    }
    given(...staff, sent(carol, 1))
      .when(command(alice, relating('edit', facts(carol, 1))))
      .thenRejection('forbidden')
  })

  it('a deletion is for the sender, and for owners and admins of a group', () => {
    for (const actor of [alice, bob, carol]) {
      given(...staff, sent(carol, 1))
        .when(command(actor, relating('delete', facts(carol, 1))))
        .thenData({ type: 'MessageDeleted', messageId: messageNo(99), target, clientSeq: 1 })
    }
    given(...staff, sent(alice, 1))
      .when(command(carol, relating('delete', facts(alice, 1))))
      .thenRejection('forbidden')
    given(...direct, sent(alice, 1))
      .when(command(bob, relating('delete', facts(alice, 1))))
      .thenRejection('forbidden')
  })

  it('a reaction is taken back by who made it, and by nobody else', () => {
    const reaction = facts(carol, 2, { kind: 'reaction', seq: 1 })
    const named = { messageId: messageNo(2), revision: 3, seq: 1 }
    given(...staff, sent(alice, 1))
      .when(command(carol, relating('delete', reaction)))
      .thenData({ type: 'MessageDeleted', messageId: messageNo(99), target: named, clientSeq: 1 })
    given(...staff, sent(alice, 1))
      .when(command(alice, relating('delete', reaction)))
      .thenRejection('forbidden')
  })
})
