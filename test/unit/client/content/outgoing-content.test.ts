import { describe, expect, it } from 'vitest'
import { validMentions } from '../../../../packages/client/src/content/content-marks.ts'
import { type Content, decodeContent, encodeContent } from '../../../../packages/client/src/content/message-content.ts'
import { contentOf, forwardedOf, voteOf } from '../../../../packages/client/src/content/outgoing-content.ts'
import { text } from '../../../support/e2ee/world.ts'

const file = { mediaId: 'f', key: 'AAAA', hash: 'ff', size: 3, contentType: 'image/png' }
const mention = { userId: 'bob', start: 3, length: 4 }
const decoded = (type: string, body: unknown) => {
  const read = decodeContent(text(JSON.stringify({ v: 1, type, messageId: 'm', body })))
  return read?.known === true ? read.content.body : undefined
}

describe('What a caller sends', () => {
  it.each<[string, () => unknown, string]>([
    ['poll with one option', () => contentOf('text', { poll: { question: '?', options: ['a'] } }), 'poll'],
    ['poll without a question', () => contentOf('text', { poll: { question: '', options: ['a', 'b'] } }), 'poll'],
    ['poll as an edit', () => contentOf('edit', { poll: { question: '?', options: ['a', 'b'] } }), 'poll'],
    ['vote for a place below 0', () => voteOf([-1]), 'options'],
    ['vote for half a place', () => voteOf([0.5]), 'options'],
    [
      'mention before the text',
      () => contentOf('text', { text: '', mentions: [{ ...mention, start: -1 }] }),
      'mentions',
    ],
    ['mention of 65 people', () => contentOf('text', { text: '', mentions: Array(65).fill(mention) }), 'mentions'],
    ['forwarded poll', () => forwardedOf({ type: 'poll', body: { question: '?', options: ['a', 'b'] } }), 'content'],
    ['forwarded reaction', () => forwardedOf({ type: 'reaction', body: { emoji: '!' } }), 'content'],
    ['forwarded message that was not read', () => forwardedOf(undefined), 'content'],
  ])('is refused as a %s', (_what, make, field) => {
    expect(make).toThrow(expect.objectContaining({ code: 'invalid', details: expect.objectContaining({ field }) }))
  })

  it('says how often it was forwarded, and keeps files but no mentions', () => {
    const first = forwardedOf({ type: 'reply', body: { text: 'Hi @bob', mentions: [mention] } })
    expect(first).toEqual({ type: 'text', body: { text: 'Hi @bob', forwarded: 1 } })
    expect(forwardedOf(first)).toEqual({ type: 'text', body: { text: 'Hi @bob', forwarded: 2 } })
    const files: Content = { type: 'attachment', body: { text: '@bob', attachments: [file], mentions: [mention] } }
    expect(forwardedOf(files)).toEqual({
      type: 'attachment',
      body: { text: '@bob', attachments: [file], forwarded: 1 },
    })
    expect(forwardedOf({ type: 'bytes', body: { bytes: 'AAEC', forwarded: 1_000_000 } }).body).toMatchObject({
      forwarded: 1_000_000,
    })
  })

  it('arrives with its marks, and without those of a wrong form', () => {
    const content = contentOf('text', { text: 'Hi @bob', mentions: [mention] })
    expect(decodeContent(encodeContent({ messageId: 'm' }, content))).toMatchObject({ content })
    for (const mentions of ['all', [{ userId: 'bob' }], Array(65).fill(mention)])
      expect(decoded('text', { text: 'Hi', mentions, forwarded: -1 })).toEqual({ text: 'Hi' })
    expect(decoded('poll', { question: '?', options: ['a'] })).toBeUndefined()
    expect(decoded('vote', { options: ['0'] })).toBeUndefined()
  })
})

describe('The mentions of a text', () => {
  const valid = (...given: { userId: string; start: number; length: number }[]) =>
    validMentions('Hi @bob', given, (userId) => ['bob', 'ann'].includes(userId))

  it('are shown for members, in the order of the text', () => {
    expect(valid(mention, { userId: 'ann', start: 0, length: 2 })).toMatchObject([{ userId: 'ann' }, mention])
  })

  it.each([
    ['somebody who is no member', { userId: 'eve', start: 3, length: 4 }],
    ['a place behind the text', { userId: 'bob', start: 3, length: 5 }],
  ])('do not name %s', (_what, one) => {
    expect(valid(one)).toEqual([])
  })

  it('do not cover each other', () => {
    expect(valid(mention, { userId: 'ann', start: 4, length: 2 })).toEqual([mention])
  })
})
