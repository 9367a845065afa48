import { describe, expect, it } from 'vitest'
import { attachment } from '../../../../packages/client/src/content/attachment.ts'
import { imageSize } from '../../../../packages/client/src/content/image-size.ts'

const base = { mediaId: 'm', key: 'A'.repeat(43).concat('='), hash: '0'.repeat(64), size: 1, contentType: 'image/png' }
const read = (facts: Record<string, unknown>) => attachment.parse({ ...base, ...facts })
const base64 = (bytes: Uint8Array | string) => Buffer.from(bytes).toString('base64')

const uint32 = (value: number) => [24, 16, 8, 0].map((bits) => (value >>> bits) & 0xff)
const uint16 = (value: number) => [value >> 8, value & 0xff]
const png = (width: number, height: number) =>
  Uint8Array.from([
    0x89,
    0x50,
    0x4e,
    0x47,
    13,
    10,
    26,
    10,
    0,
    0,
    0,
    13,
    0x49,
    0x48,
    0x44,
    0x52,
    ...uint32(width),
    ...uint32(height),
  ])
const jpeg = (width: number, height: number) =>
  Uint8Array.from([0xff, 0xd8, 0xff, 0xe0, 0, 4, 0, 0, 0xff, 0xc0, 0, 17, 8, ...uint16(height), ...uint16(width), 3])
const webp = (kind: string, ...rest: readonly number[]) =>
  Uint8Array.from([...Buffer.from(`RIFF\0\0\0\0WEBP${kind}`), 0, 0, 0, 0, ...rest, ...new Array(20).fill(0)])

describe('What a sender says of a file', () => {
  it.each([
    ['PNG', png(320, 200), 'image/png'],
    ['JPEG', jpeg(320, 200), 'image/jpeg'],
    ['WebP with features', webp('VP8X', 0, 0, 0, 0, 0x3f, 1, 0, 199, 0, 0), 'image/webp'],
    ['lossy WebP', webp('VP8 ', 0, 0, 0, 0x9d, 1, 0x2a, 0x40, 1, 200, 0), 'image/webp'],
    ['lossless WebP', webp('VP8L', 0x2f, 0x3f, 0xc1, 0x31, 0), 'image/webp'],
  ])('a thumbnail is a small image: %s', (_kind, bytes, type) => {
    expect(imageSize(bytes)).toEqual({ type, width: 320, height: 200 })
    expect(read({ thumbnail: base64(bytes) }).thumbnail).toBe(base64(bytes))
  })

  it.each([
    ['a document that browsers run', base64('<svg xmlns="http://www.w3.org/2000/svg"/>')],
    ['an image that takes gigabytes to show', base64(png(30_000, 30_000))],
    ['a JPEG that does', base64(jpeg(65_535, 10))],
    ['an image that is cut off', base64(png(10, 10).subarray(0, 18))],
    [
      'a JPEG whose parts lead nowhere',
      base64(Uint8Array.from([0xff, 0xd8, 0xff, 0xe0, 0, 0, 0xff, 0xe0, 0, 0, 0xff])),
    ],
    ['nothing', ''],
    ['no base64', '!!!'],
    ['too much', base64(Buffer.concat([png(10, 10), Buffer.alloc(13_000)]))],
    ['no text', 7],
  ])('a thumbnail that is %s is left out, and the file stays', (_what, thumbnail) => {
    expect(read({ thumbnail, name: 'a.png' })).toEqual({ ...base, name: 'a.png' })
  })

  it.each([
    ['../../etc/passwd', 'etcpasswd'],
    ['C:\\boot.ini', 'C:boot.ini'],
    ['photo\u202egnp.exe', 'photognp.exe'],
    ['.bashrc', 'bashrc'],
    ['a\0b\nc.txt', 'abc.txt'],
    ['  Résumé 2026 (final).pdf ', 'Résumé 2026 (final).pdf'],
    ['x'.repeat(5_000), 'x'.repeat(255)],
    ['///', undefined],
    ['', undefined],
  ])('a name is safe to show and to save under: %j', (name, shown) => {
    expect(read({ name }).name).toBe(shown)
  })

  it('numbers and kinds that nobody can show are left out, and a type that is none is unknown', () => {
    const wild = { width: 0, height: 1e12, durationMs: -1, kind: 'app', waveform: 'A'.repeat(2_000), blurhash: {} }
    expect(read({ ...wild, contentType: 'text/html\r\nx: y' })).toEqual({
      ...base,
      contentType: 'application/octet-stream',
    })
    const fine = { width: 4, height: 3, durationMs: 0, kind: 'voice', waveform: 'AAEC', blurhash: 'LEHV' }
    expect(read(fine)).toEqual({ ...base, ...fine })
  })
})
