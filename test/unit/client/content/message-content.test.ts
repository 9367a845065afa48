import type { WireEvent } from '@backscroll/protocol/server-frames'
import { describe, expect, it } from 'vitest'
import {
  type Content,
  decodeAad,
  decodeContent,
  encodeAad,
  encodeContent,
} from '../../../../packages/client/src/content/message-content.ts'
import { checkAgainst } from '../../../../packages/client/src/mls/tamper-check.ts'
import { text } from '../../../support/e2ee/world.ts'

const about = {
  messageId: 'm2',
  contentType: 'text/plain',
  relatesTo: { messageId: 'm1', revision: 4, kind: 'reply' },
} as const

describe('The content of a message', () => {
  const contents: readonly Content[] = [
    { type: 'text', body: { text: 'héllo' } },
    { type: 'reply', body: { text: 'yes' } },
    { type: 'edit', body: { text: 'better' } },
    { type: 'reaction', body: { emoji: '🎉' } },
    {
      type: 'attachment',
      body: {
        attachments: [{ mediaId: 'f', key: 'AAAA', hash: 'ff', size: 3, contentType: 'image/png', name: 'cat.png' }],
      },
    },
    { type: 'bytes', body: { bytes: 'AAEC' } },
    { type: 'poll', body: { question: 'Tea?', options: ['yes', 'no'], multiple: true } },
    { type: 'vote', body: { options: [0, 1] } },
    { type: 'poll_closed', body: {} },
  ]

  it.each(contents)('of type $type comes out as it went in', (content) => {
    expect(decodeContent(encodeContent(about, content))).toEqual({ known: true, about, content })
  })

  it('of a newer version or an unknown type is not an error', () => {
    expect(decodeContent(text('{"v":2,"type":"text","messageId":"m","body":[]}'))).toEqual({
      known: false,
      about: { messageId: 'm' },
      type: 'text',
    })
    expect(decodeContent(text('{"v":1,"type":"hologram","messageId":"m","body":{}}'))).toMatchObject({ known: false })
  })

  it('is nothing when the bytes are noise', () => {
    expect(decodeContent(text('noise'))).toBeUndefined()
    expect(decodeContent(Uint8Array.of(0xff))).toBeUndefined()
    expect(decodeAad(text('{}'))).toBeUndefined()
  })
})

const event = (change: Partial<WireEvent> = {}, data: Record<string, unknown> = {}): WireEvent => ({
  stream: { kind: 'conversation', id: 'c' },
  revision: 9,
  position: '1',
  type: 'MessageSent',
  at: 0,
  actor: { userId: 'ann', deviceId: '1' },
  data: {
    messageId: 'm2',
    seq: 2,
    contentType: 'text/plain',
    replyTo: { messageId: 'm1', revision: 4, seq: 1 },
    ...data,
  },
  ...change,
})

const sender = { leaf: 0, userId: 'ann', deviceId: '1', identityKey: 'K' }
const message = { aad: encodeAad(about), sender }

describe('The check of the server [E1]', () => {
  it('passes what its sender said, in every generation of the group', () => {
    expect(checkAgainst(event(), message, 'c')).toEqual({ ok: true, about })
    expect(checkAgainst(event(), message, 'c/3')).toEqual({ ok: true, about })
  })

  it.each([
    ['conversation', event({ stream: { kind: 'conversation', id: 'd' } })],
    ['sender', event({ actor: { userId: 'ben', deviceId: '1' } })],
    ['sender', event({ actor: { userId: 'ann', deviceId: '2' } })],
    ['messageId', event({}, { messageId: 'm3' })],
    ['relatesTo', event({}, { replyTo: undefined })],
    ['relatesTo', event({}, { replyTo: { messageId: 'm1', revision: 5, seq: 1 } })],
    ['relatesTo', event({ type: 'MessageEdited' }, { replyTo: undefined, target: { messageId: 'm1', revision: 4 } })],
    ['contentType', event({}, { contentType: 'text/html' })],
    ['contentType', event({}, { contentType: undefined })],
    ['form', event({}, { messageId: 7 })],
  ])('tells that the %s was changed', (field, changed) => {
    expect(checkAgainst(changed, message, 'c')).toMatchObject({ ok: false, field })
  })

  it.each([
    ['MessageEdited', 'edit'],
    ['MessageReacted', 'reaction'],
  ] as const)('knows the target of a %s', (type, kind) => {
    const sealed = { sender, aad: encodeAad({ ...about, relatesTo: { ...about.relatesTo, kind } }) }
    const target = { messageId: 'm1', revision: 4, seq: 1 }
    expect(checkAgainst(event({ type }, { replyTo: undefined, target }), sealed, 'c')).toMatchObject({ ok: true })
    expect(checkAgainst(event({ type }, { replyTo: undefined }), sealed, 'c')).toMatchObject({ field: 'relatesTo' })
  })
})
