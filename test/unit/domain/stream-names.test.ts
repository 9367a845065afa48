import { describe, expect, it } from 'vitest'
import {
  auditStream,
  conversationStream,
  idInStream,
  idOfStream,
  kindOfStream,
  receiptsStream,
  streamName,
  userStream,
} from '../../../src/domain/stream-names.ts'

const names = [
  ['conversation', conversationStream('c-1'), 'conversation-c-1'],
  ['receipts', receiptsStream('c-1'), 'receipts-c-1'],
  ['user', userStream('c-1'), 'user-c-1'],
  ['audit', streamName('audit', 'c-1'), 'audit-c-1'],
] as const

describe('names of streams', () => {
  it.each(names)('of the kind %s are what stands in every log', (kind, name, stored) => {
    expect([name, streamName(kind, 'c-1')]).toEqual([stored, stored])
  })

  it.each(names)('of the kind %s tell kind and id, also of an id with hyphens', (kind, name) => {
    expect([kindOfStream(name), idInStream(kind, name), idOfStream(name)]).toEqual([kind, 'c-1', 'c-1'])
  })

  it('keep what admins did in one stream', () => {
    expect(auditStream).toBe('audit-acts')
  })

  it('tell no id of another kind', () => {
    expect(idInStream('user', conversationStream('c'))).toBeUndefined()
  })

  it.each(['lonely', 'backscroll-epoch', '$all', 'users-c', '-', ''])('are none of ours: %s', (name) => {
    expect(kindOfStream(name)).toBeUndefined()
  })
})
