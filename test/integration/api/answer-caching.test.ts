import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { takesGzip } from '../../../src/api/http/compression.ts'
import { numbered, text } from '../../support/api/conversations.ts'
import { bob, dave, openGroupWorld } from '../../support/api/group-world.ts'

let world: Awaited<ReturnType<typeof openGroupWorld>>
beforeAll(async () => {
  world = await openGroupWorld()
  await world.start(['bob'], [bob])
})
afterAll(() => world.close())

const authorize = async (user: string) => ({ authorization: `Bearer ${await world.running.tokenFor(user)}` })
const get = async (url: string, headers: Record<string, string> = {}, user = 'bob') =>
  world.running.api.inject({ method: 'GET', url, headers: { ...(await authorize(user)), ...headers } })

describe('large JSON', () => {
  const events = () => `/conversations/${world.id}/events`

  test('goes compressed to who takes that, and is the same', async () => {
    const plain = await get(events())
    const packed = await get(events(), { 'accept-encoding': 'gzip, deflate, br' })
    expect(plain.headers['content-encoding']).toBeUndefined()
    expect(packed.headers).toMatchObject({
      'content-encoding': 'gzip',
      vary: expect.stringContaining('Accept-Encoding'),
    })
    expect(gunzipSync(packed.rawPayload).toString()).toBe(plain.body)
    expect(packed.rawPayload.length).toBeLessThan(plain.rawPayload.length * 0.85)
    expect(Number(packed.headers['content-length'])).toBe(packed.rawPayload.length)
  })

  test('is left alone when it is small, when a client refuses, and when it answers a POST', async () => {
    const headers = { 'accept-encoding': 'gzip' }
    expect((await get('/pairings', headers)).headers['content-encoding']).toBeUndefined()
    expect((await get(events(), { 'accept-encoding': 'gzip;q=0' })).headers['content-encoding']).toBeUndefined()
    const payload = { ...text(1, { conversationId: world.id }), ...numbered(1) }
    const sent = await world.running.api.inject({
      method: 'POST',
      url: '/messages',
      payload,
      headers: { ...headers, ...(await authorize('bob')) },
    })
    expect(sent.headers['content-encoding']).toBeUndefined()
  })

  test.each([
    ['gzip', true],
    ['br;q=1.0, gzip;q=0.8', true],
    ['GZIP', true],
    ['gzip;q=0', false],
    ['gzip; q=0.0', false],
    ['br', false],
    ['x-gzipped', false],
    [undefined, false],
  ])('is compressed for "%s": %s', (header, taken) => expect(takesGzip(header)).toBe(taken))

  // Text of members stands beside what is secret from them in one answer: lengths must not tell what a guess was worth.
  test('has a length that does not tell whether a guess in it was right (BREACH)', async () => {
    const secret = 'peer-4f1c9e7a5b2d8036'
    const letters = [...secret.slice(5)]
    const wrong = `peer-${letters.toReversed().join('')}`
    const lengthWith = async (guess: string) => {
      const settings = { secret, guess: Array.from({ length: 40 }, () => guess) }
      const change = { method: 'PATCH' as const, url: '/me', payload: { settings }, headers: await authorize('bob') }
      expect((await world.running.api.inject(change)).statusCode).toBe(200)
      return (await get('/me', { 'accept-encoding': 'gzip' })).rawPayload.length
    }
    expect(await lengthWith(secret)).toBe(await lengthWith(wrong))
  })
})

describe('what never changes', () => {
  test('is a blob: kept by its reader, never asked for again, and shown to nobody else', async () => {
    const [{ welcome }] = await world.welcomesOf(bob)
    const url = `/conversations/${world.id}/blobs/${welcome.hash}`
    const first = await get(url)
    expect(first.headers).toMatchObject({
      etag: `"${welcome.hash}"`,
      vary: 'Authorization',
      'cache-control': 'private, max-age=31536000, immutable',
    })
    const again = await get(url, { 'if-none-match': String(first.headers.etag) })
    expect([again.statusCode, again.body]).toEqual([304, ''])
    const foreign = await get(url, { 'if-none-match': String(first.headers.etag) }, dave.userId)
    expect(foreign.statusCode).toBe(404)
    expect(foreign.headers).toMatchObject({ 'cache-control': 'no-store' })
    expect(foreign.headers.etag).toBeUndefined()
  })

  test('is the script of the API pages, whose address names its version', async () => {
    const page = await get('/docs/')
    const script = `/docs/${/src="([^"]+)"/.exec(page.body)?.[1]}`
    expect(page.headers['cache-control']).toBe('public, no-cache')
    const versioned = await get(script, { 'accept-encoding': 'br, gzip' })
    expect(versioned.headers['cache-control']).toBe('public, max-age=31536000, immutable')
    expect((await get('/docs/js/scalar.js?v=old')).headers['cache-control']).toBe('public, no-cache')
    const plain = await get(script)
    expect(brotliDecompressSync(versioned.rawPayload).equals(plain.rawPayload)).toBe(true)
    expect(versioned.rawPayload.length).toBeLessThan(plain.rawPayload.length / 3)
    expect(versioned.headers.etag).not.toBe(plain.headers.etag)
  })

  test.each(['/docs/', '/docs/ws/', '/docs/openapi.json', '/docs/asyncapi.json'])(
    '%s is not sent again to who has it',
    async (path) => {
      const first = await get(path, { 'accept-encoding': 'gzip' })
      const headers = { 'accept-encoding': 'gzip', 'if-none-match': String(first.headers.etag) }
      const again = await get(path, headers)
      expect([first.headers['content-encoding'], again.statusCode, again.body]).toEqual(['gzip', 304, ''])
      expect(gunzipSync(first.rawPayload).toString()).toBe((await get(path)).body)
    },
  )
})
