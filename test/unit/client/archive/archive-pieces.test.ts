import { describe, expect, it } from 'vitest'
import { openPiece, type PiecePlace, sealPiece } from '../../../../packages/client/src/archive/archive-pieces.ts'
import { decodePiece, encodePiece, encodeRecord } from '../../../../packages/client/src/archive/archive-records.ts'
import { randomBytes, utf8 } from '../../../../packages/client/src/encoding/bytes.ts'

const key = randomBytes(32)
const place: PiecePlace = { userId: 'ann', archiveId: 'an-archive', piece: 3 }
const record = { type: 'message', conversationId: 'c', revision: 7, plaintext: 'AAAA', at: 5 } as const
const sealed = await sealPiece(key, place, [encodeRecord(record)], true)
const refused = (reason: string) => ({ code: 'bad_archive', details: { reason } })

describe('A piece of an archive', () => {
  it('opens with its key in its place, and holds what was put in', async () => {
    expect(await openPiece(key, place, sealed)).toEqual({ last: true, records: [record] })
  })

  it.each<[string, Partial<PiecePlace>]>([
    ['of another user', { userId: 'bob' }],
    ['of another archive', { archiveId: 'other' }],
    ['in another place', { piece: 4 }],
  ])('%s does not open', async (_what, other) => {
    await expect(openPiece(key, { ...place, ...other }, sealed)).rejects.toMatchObject(refused('piece'))
  })

  it('does not open with another key', async () => {
    await expect(openPiece(randomBytes(32), place, sealed)).rejects.toMatchObject(refused('piece'))
  })

  it('does not open with any byte changed, cut off anywhere, or with bytes behind it', async () => {
    const hostile = [
      ...Array.from(sealed, (byte, at) => sealed.with(at, byte ^ (1 << (at % 8)))),
      ...Array.from(sealed, (_, at) => sealed.subarray(0, at)),
      Uint8Array.of(...sealed, 0),
    ]
    for (const bytes of hostile) await expect(openPiece(key, place, bytes)).rejects.toMatchObject(refused('piece'))
  })

  it('that is too large is refused before it is opened', async () => {
    await expect(openPiece(key, place, new Uint8Array(4 * 1024 * 1024 + 1))).rejects.toMatchObject(refused('size'))
  })
})

describe('The content of a piece', () => {
  it('passes over kinds that a newer version writes', () => {
    const lines = [JSON.stringify({ type: 'poll', question: '?' }), encodeRecord(record)]
    expect(decodePiece(encodePiece(lines, false))).toEqual({ last: false, records: [record] })
  })

  it.each([
    ['nothing', ''],
    ['another version', '{"v":2,"last":true}'],
    ['no head', encodeRecord(record)],
    ['a line that is not JSON', '{"v":1,"last":true}\n{'],
    ['a line that is not a record', '{"v":1,"last":true}\n[]'],
    ['a record without a revision', '{"v":1,"last":true}\n{"type":"deleted","conversationId":"c"}'],
    ['plaintext that is not base64', `{"v":1,"last":true}\n${JSON.stringify({ ...record, plaintext: '!' })}`],
    ['an empty line', '{"v":1,"last":true}\n'],
  ])('is refused: %s', (_what, text) => {
    expect(() => decodePiece(utf8(text))).toThrow(expect.objectContaining(refused('content')))
  })

  it('is refused where it is not text', () => {
    expect(() => decodePiece(Uint8Array.of(0xff, 0xfe))).toThrow(expect.objectContaining(refused('content')))
  })
})
