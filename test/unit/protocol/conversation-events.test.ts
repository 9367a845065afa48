import { conversationEventData, faultOf, isConversationEventType } from '@backscroll/protocol/conversation-events'
import { wireEvent } from '@backscroll/protocol/server-frames'
import { describe, expect, it } from 'vitest'
import { conversationFormat } from '../../../src/codec/conversation-codec.ts'
import { versionsIn } from '../../../src/domain/event-types.ts'
import { encodeEvent } from '../../../src/projections/reading/encode-event.ts'
import { recordings } from '../codec/recorded-events.ts'

const stream = 'conversation-018f6b1c-2d3e-7f40-8a5b-000000000009'

describe('The data of events on the wire', () => {
  it('is described for every type that a conversation can have', () => {
    expect(Object.keys(conversationEventData).sort()).toEqual(Object.keys(versionsIn('conversation')).sort())
  })

  const ofConversations = recordings.filter(({ event }) => isConversationEventType(event.type))
  it.each(ofConversations.map(({ name, event }) => [name, event.id, event] as const))(
    '%s of %s is what it promises, however old it is',
    (_, __, event) => {
      const { data } = conversationFormat.decode(event)
      const text = encodeEvent({ ...event, stream, revision: 0, position: 1n, data: JSON.stringify(data) })
      expect(faultOf(wireEvent.parse(JSON.parse(text)))).toBeUndefined()
    },
  )

  it('is faulty where a field is of another type, and the field is named', () => {
    const facts = { stream: { kind: 'conversation', id: 'c' }, revision: 0, position: '1', at: 0 } as const
    const event = { ...facts, actor: { userId: 'bob', deviceId: 'd' }, type: 'MessageSent' }
    expect(faultOf({ ...event, data: { messageId: 'm', seq: '7' } })).toBe('seq')
    expect(
      faultOf({ ...event, data: { messageId: 'm', seq: 7, replyTo: { messageId: 'n', revision: -1, seq: 1 } } }),
    ).toBe('replyTo.revision')
    expect(faultOf({ ...event, type: 'toString', data: {} })).toBeUndefined()
  })
})
