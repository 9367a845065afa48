import { clientFrameTypes } from '@backscroll/protocol/client-frames'
import { errorCodes } from '@backscroll/protocol/errors'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { frameId, parseFrame } from '../../../../src/gateway/frames/parse-frame.ts'

const message = {
  type: 'send_message',
  id: 7,
  conversationId: '018f3c1e-0000-7000-8000-000000000001',
  messageId: '018f3c1e-0000-7000-8000-000000000002',
  clientSeq: 1,
  afterClientSeq: 0,
  ciphertext: 'AAAA',
}

const refusal = (value: unknown) => {
  const parsed = parseFrame(typeof value === 'string' ? value : JSON.stringify(value))
  return parsed.ok ? undefined : parsed.refusal
}

const hostileFrame = fc.record(
  {
    type: fc.oneof(fc.constantFrom(...clientFrameTypes), fc.anything()),
    id: fc.oneof(fc.integer(), fc.anything()),
    conversationId: fc.anything(),
    ciphertext: fc.anything(),
    relatesTo: fc.anything(),
    clientSeq: fc.oneof(fc.integer(), fc.double(), fc.anything()),
    since: fc.anything(),
    client: fc.anything(),
  },
  { requiredKeys: [] },
)

describe('client frames', () => {
  it('[M1] takes a well-formed frame', () => {
    expect(parseFrame(JSON.stringify(message))).toEqual({ ok: true, frame: message })
  })

  it.each(['', '{', 'null', '[]', '"connect"', '1', 'undefined'])('calls %j malformed', (text) => {
    expect(refusal(text)).toEqual({ code: 'malformed', id: undefined, details: undefined })
  })

  it('[T3] keeps the id of a refused frame when it is usable', () => {
    expect(refusal({ type: 'launch', id: 3 })).toMatchObject({ code: 'unknown_type', id: 3 })
    for (const id of [0, -1, 1.5, '3', 2 ** 53, null]) {
      expect(refusal({ type: 'launch', id })).toMatchObject({ code: 'unknown_type', id: undefined })
      expect(frameId(JSON.stringify({ id }))).toBeUndefined()
    }
  })

  it('[R3] names the field that is wrong and never repeats its value', () => {
    const secret = 'c2VjcmV0!'
    const refused = refusal({ ...message, ciphertext: secret })
    expect(refused).toMatchObject({ code: 'invalid', id: 7, details: { field: 'ciphertext' } })
    expect(JSON.stringify(refused)).not.toContain('c2VjcmV0')
    expect(refusal({ ...message, relatesTo: { messageId: secret, revision: 1, kind: 'edit' } })).toMatchObject({
      details: { field: 'relatesTo.messageId' },
    })
  })

  it('[M8] takes what is for devices only where it relates to nothing and says nothing of its content', () => {
    const control = { ...message, control: true }
    expect(parseFrame(JSON.stringify(control))).toEqual({ ok: true, frame: control })
    const reply = { relatesTo: { messageId: message.messageId, revision: 1, kind: 'reply' } }
    for (const more of [reply, { contentType: 'a/b' }, { mediaIds: ['m'] }, { control: false }])
      expect(refusal({ ...control, ...more })).toMatchObject({ code: 'invalid', details: { field: 'control' } })
  })

  it('names an unknown field only if its name is harmless', () => {
    expect(refusal({ ...message, colour: 1 })).toMatchObject({ details: { field: 'colour' } })
    expect(refusal({ ...message, '<script>\u2028': 1 })).toMatchObject({ details: { field: '?' } })
  })

  it('answers any text with a frame or one of the closed codes, and never throws', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.json(),
      hostileFrame.map((frame) => JSON.stringify(frame)),
    )
    fc.assert(
      fc.property(text, (input) => {
        const parsed = parseFrame(input)
        if (parsed.ok) expect(clientFrameTypes.has(parsed.frame.type)).toBe(true)
        else expect(errorCodes).toContain(parsed.refusal.code)
      }),
      { numRuns: 2_000 },
    )
  })

  it('survives one changed character anywhere in a good frame', () => {
    const good = JSON.stringify(message)
    const change = fc.tuple(fc.nat(good.length - 1), fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }))
    fc.assert(
      fc.property(change, ([at, character]) => {
        const parsed = parseFrame(good.slice(0, at) + character + good.slice(at + 1))
        expect(parsed.ok || errorCodes.includes(parsed.refusal.code)).toBe(true)
      }),
      { numRuns: 1_000 },
    )
  })
})
