import { describe, expect, it } from 'vitest'
import { type EventType, eventTypes, expiringTypes, hasBody, isExpiring } from '../../../src/domain/event-types.ts'

const types = Object.keys(eventTypes) as EventType[]

describe('the catalogue of event types', () => {
  it('gives a body to those types whose ciphertext is stored, and to no other', () => {
    const stored = ['MessageSent', 'MessageEdited', 'MessageReacted', 'ControlSent', 'GroupCommitted']
    expect(types.filter(hasBody)).toEqual(stored)
  })

  it('lets messages, edits and reactions expire, in the order that stands in recorded events', () => {
    expect(expiringTypes).toEqual(['MessageSent', 'MessageEdited', 'MessageReacted'])
    expect(types.filter(isExpiring)).toEqual(expiringTypes)
  })

  it('knows nothing of a type that is not in it', () => {
    expect([hasBody('$foreign'), isExpiring('$foreign'), hasBody('toString')]).toEqual([false, false, false])
  })

  it('takes no type that is silent about its body, and none of another kind of stream', () => {
    type Facts = (typeof eventTypes)['MessageSent']
    // @ts-expect-error the body is not named
    const silent: Facts = { stream: 'conversation', version: 1 }
    // @ts-expect-error a conversation's event in a user's stream
    const elsewhere: Facts = { stream: 'user', version: 1, body: 'expiring' }
    expect([silent, elsewhere]).toHaveLength(2)
  })
})
