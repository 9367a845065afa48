import { describe, expect, it } from 'vitest'
import { decodeAuditEvent, encodeAuditEvent } from '../../../src/codec/audit-codec.ts'
import {
  decodeConversationEvent,
  encodeConversationEvent,
  encodeServerEvent,
} from '../../../src/codec/conversation-codec.ts'
import { decodeReceiptsEvent, encodeReceiptsEvent } from '../../../src/codec/receipts-codec.ts'
import { decodeUserEvent, encodeUserEvent } from '../../../src/codec/user-codec.ts'
import type { ConversationEvent } from '../../../src/domain/conversation/conversation-events.ts'
import { type EventType, eventTypes } from '../../../src/domain/event-types.ts'
import type { NewEvent } from '../../../src/ports/event-log.ts'
import { recordings } from './recorded-events.ts'

const placeIn = (id: string) => {
  const [index, clientSeq] = id.split('/').reverse().map(Number)
  return { index: index ?? -1, clientSeq: clientSeq ?? -1 }
}

const isOneOf = <Type extends ConversationEvent['type']>(
  event: ConversationEvent,
  types: readonly Type[],
): event is Extract<ConversationEvent, { type: Type }> => types.some((type) => type === event.type)

const conversationEventAgain = (stored: NewEvent): NewEvent => {
  const event = decodeConversationEvent(stored, { validate: true })
  const byServer = ['DeviceRemovalAsked', 'MessagesExpired', 'InvitationAccepted', 'ConversationClosed'] as const
  return isOneOf(event, byServer)
    ? encodeServerEvent(event, stored.id)
    : encodeConversationEvent(event, stored.body, placeIn(stored.id))
}

const again = (event: NewEvent): NewEvent => {
  switch (eventTypes[event.type as EventType].stream) {
    case 'receipts':
      return encodeReceiptsEvent(decodeReceiptsEvent(event, { validate: true }), event.id)
    case 'user':
      return encodeUserEvent(decodeUserEvent(event, { validate: true }), event.id)
    case 'audit':
      return encodeAuditEvent(decodeAuditEvent(event, { validate: true }), event.id)
    case 'conversation':
      return conversationEventAgain(event)
  }
}

const isCurrent = ({ type, version }: NewEvent): boolean => eventTypes[type as EventType].version === version

describe('recorded events', () => {
  it('exist of every type in every version up to the current one', () => {
    const all = Object.entries(eventTypes).flatMap(([type, { version: current }]) =>
      Array.from({ length: current }, (_, index) => `${type}.v${index + 1}`),
    )
    expect([...new Set(recordings.map(({ name }) => name))]).toEqual(expect.arrayContaining(all))
  })

  it.each(recordings)('are filed under their name: $name', ({ name, event }) => {
    expect(`${event.type}.v${event.version}`).toBe(name)
  })

  it.each(recordings)('decode for ever, and pass the schema of the newest version: $name', ({ event }) => {
    expect(again(event).type).toBeTypeOf('string')
  })

  it.each(recordings.filter(({ event }) => isCurrent(event)))('encode to the same bytes: $name', ({ event }) => {
    expect(JSON.stringify(again(event))).toBe(JSON.stringify(event))
  })
})
