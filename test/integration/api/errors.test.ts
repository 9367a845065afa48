import { randomUUID } from 'node:crypto'
import { connect } from 'node:net'
import { problem } from '@backscroll/protocol/rest/problem'
import type { InjectOptions } from 'fastify'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Caller, createCaller, type RunningApi, startApi } from '../../support/api/harness.ts'

let running: RunningApi
let alice: Caller
let authorization: string

beforeAll(async () => {
  running = await startApi({}, { corsOrigins: ['https://chat.example'] })
  alice = await createCaller(running, 'alice')
  authorization = `Bearer ${await running.tokenFor('alice')}`
})
afterAll(() => running.close())

const send = async (options: InjectOptions) => {
  const response = await running.api.inject({ ...options, headers: { authorization, ...options.headers } })
  expect(response.headers['content-type']).toContain('application/problem+json')
  return { ...problem.strict().parse(response.json()), headers: response.headers, text: response.body }
}
const json = { 'content-type': 'application/json' }

describe('[R3] errors are problem details with the shared codes', () => {
  test('a body that is no JSON is malformed', async () => {
    for (const payload of ['{', '', '{"a":1}x', '{"__proto__":{}}'])
      expect(await send({ method: 'POST', url: '/messages', headers: json, payload })).toMatchObject({
        status: 400,
        code: 'malformed',
      })
  })

  test('an empty body with a JSON content type is accepted where no body is needed', async () => {
    const bare: readonly (readonly ['POST' | 'DELETE', string, number])[] = [
      ['POST', '/pairings', 200],
      ['DELETE', '/devices/none', 404],
      ['DELETE', '/admin/users/nobody/deactivation', 403],
      ['POST', '/admin/users/nobody/deactivation', 403],
    ]
    for (const [method, url, status] of bare) {
      const plain = await running.api.inject({ method, url, headers: { authorization } })
      const typed = await running.api.inject({ method, url, headers: { authorization, ...json } })
      expect([plain.statusCode, typed.statusCode], url).toEqual([status, status])
      expect(typed.json().code).toBe(plain.json().code)
    }
  })

  test('a body that is no object is invalid', async () => {
    for (const payload of ['[]', 'null', '7', '"text"'])
      expect(await send({ method: 'POST', url: '/messages', headers: json, payload })).toMatchObject({
        code: 'invalid',
      })
  })

  test('a validation error names the field and never repeats what was sent', async () => {
    const body = { conversationId: randomUUID(), messageId: 'SECRET-VALUE', clientSeq: 1, afterClientSeq: 0 }
    const wrong = await send({ method: 'POST', url: '/messages', payload: body })
    expect(wrong).toMatchObject({ code: 'invalid', details: { in: 'body', field: 'messageId' } })
    const unknown = await send({ method: 'GET', url: '/inbox?SECRET-VALUE=SECRET-VALUE' })
    expect(unknown).toMatchObject({ code: 'invalid', details: { in: 'querystring' } })
    expect(wrong.text + unknown.text).not.toContain('SECRET')
  })

  test('numbers in a query are plain digits', async () => {
    for (const limit of ['', '0', '-1', '1.5', '0x10', '1e2', ' 5', 'NaN', '201', '99999999999999999999'])
      expect(await send({ method: 'GET', url: `/inbox?limit=${encodeURIComponent(limit)}` })).toMatchObject({
        code: 'invalid',
        details: { field: 'limit' },
      })
  })

  test('numbers in a query go up to 2^53 - 1, as the schemas say', async () => {
    const largest = String(Number.MAX_SAFE_INTEGER)
    const { body } = await alice('POST', '/pairings')
    const paths = [
      `/messages?conversationId=${randomUUID()}&before=`,
      `/messages?conversationId=${randomUUID()}&after=`,
      `/conversations/${randomUUID()}/events?from=`,
      `/pairings/${body.pairingId}/messages?after=`,
    ]
    for (const path of paths) {
      const answer = await alice('GET', `${path}${largest}`)
      expect([200, 404], path).toContain(answer.status)
      for (const beyond of ['9007199254740992', '9007199254740993', '99999999999999999'])
        expect((await alice('GET', `${path}${beyond}`)).code, path).toBe('invalid')
    }
  })

  test('an unknown path is not_found, a known one with another method is method_not_allowed', async () => {
    expect(await send({ method: 'GET', url: '/nothing' })).toMatchObject({ status: 404, code: 'not_found' })
    const wrong = await send({ method: 'PUT', url: `/conversations/${randomUUID()}`, payload: {} })
    expect(wrong).toMatchObject({ status: 405, code: 'method_not_allowed' })
    expect(String(wrong.headers.allow).split(', ').sort()).toEqual(['DELETE', 'GET', 'HEAD', 'PATCH'])
    // Whatever comes with it, which is not read.
    for (const payload of ['{', 'x'.repeat(300_000)])
      expect(await send({ method: 'PUT', url: '/me', headers: json, payload })).toMatchObject({ status: 405 })
    expect(wrong.headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'x-request-id': expect.any(String) })
  })

  test('a body that is too large, and one of another type', async () => {
    const payload = JSON.stringify({ ciphertext: 'A'.repeat(300_000) })
    expect(await send({ method: 'POST', url: '/messages', headers: json, payload })).toMatchObject({
      code: 'too_large',
    })
    for (const type of ['text/plain', 'application/xml', 'multipart/form-data', 'application/jsonx'])
      expect(
        await send({ method: 'POST', url: '/messages', headers: { 'content-type': type }, payload: 'x' }),
      ).toMatchObject({ status: 415, code: 'unsupported_media_type' })
  })

  test('a compressed body is refused, whatever it holds', async () => {
    const headers = { ...json, 'content-encoding': 'gzip' }
    expect(await send({ method: 'POST', url: '/messages', headers, payload: '{}' })).toMatchObject({
      status: 415,
      code: 'unsupported_media_type',
      details: { field: 'Content-Encoding' },
    })
  })

  test('a preflight request without its headers is invalid', async () => {
    const origin = 'https://chat.example'
    for (const headers of [{}, { origin }, { 'access-control-request-method': 'GET' }])
      expect(await send({ method: 'OPTIONS', url: '/inbox', headers })).toMatchObject({ status: 400, code: 'invalid' })
    const headers = { origin, 'access-control-request-method': 'GET' }
    expect((await running.api.inject({ method: 'OPTIONS', url: '/inbox', headers })).statusCode).toBe(204)
  })

  test('OPTIONS of uploads is answered to browsers too, and a preflight there is still a preflight', async () => {
    const origin = 'https://chat.example'
    const ask = (headers: Record<string, string>) =>
      running.api.inject({ method: 'OPTIONS', url: '/media/uploads', headers })
    const told = await ask({ origin })
    expect([told.statusCode, told.headers['tus-version'], told.headers['access-control-allow-origin']]).toEqual([
      ...[204, '1.0.0', origin],
    ])
    expect((await ask({ 'access-control-request-method': 'POST' })).statusCode).toBe(400)
    const preflight = await ask({ origin, 'access-control-request-method': 'POST' })
    expect(preflight.headers['access-control-allow-headers']).toContain('upload-checksum')
    expect(preflight.headers['tus-version']).toBeUndefined()
  })

  test('a temporary refusal says when to come again, and every answer how many requests are left', async () => {
    running.state.draining = true
    const refused = await send({ method: 'GET', url: '/inbox' })
    running.state.draining = false
    expect([refused.status, refused.headers['retry-after']]).toEqual([503, '1'])
    const { headers } = await running.api.inject({
      method: 'GET',
      url: '/inbox',
      headers: { authorization, origin: 'https://chat.example' },
    })
    expect(headers).toMatchObject({
      'ratelimit-limit': '1000000',
      'ratelimit-remaining': expect.stringMatching(/^\d+$/),
      'ratelimit-reset': expect.stringMatching(/^\d+$/),
      'access-control-expose-headers': expect.stringContaining('ratelimit-remaining'),
    })
  })

  test('a path that cannot be decoded or is endless is not_found', async () => {
    for (const url of ['/conversations/%E0%A4%A', `/conversations/${'a'.repeat(5000)}`])
      expect(await send({ method: 'GET', url })).toMatchObject({ code: 'not_found' })
  })

  test('bytes that are not HTTP get a problem too, and the connection is closed', async () => {
    await running.api.listen({ port: 0, host: '127.0.0.1' })
    const address = running.api.server.address()
    if (typeof address !== 'object' || address === null) throw new Error('not listening')
    const answer = await new Promise<string>((resolve, reject) => {
      let text = ''
      const socket = connect(address.port, '127.0.0.1', () => socket.write('NONSENSE\r\n\r\n'))
      socket.on('data', (data) => (text += data))
      socket.on('end', () => resolve(text))
      socket.on('error', reject)
    })
    expect(answer).toMatch(/^HTTP\/1.1 400 /)
    expect(problem.parse(JSON.parse(answer.slice(answer.indexOf('{'))))).toMatchObject({ code: 'malformed' })
  })

  test('an unexpected error is internal: logged under the request id, with no details in the answer', async () => {
    const failing = await startApi({
      snapshot: async () => {
        throw new Error('SECRET-DETAIL')
      },
    })
    const caller = await createCaller(failing, 'alice')
    const answer = await caller('GET', '/sync/snapshot')
    expect(answer).toMatchObject({ status: 500, body: { code: 'internal', temporary: true } })
    expect(answer.text).not.toMatch(/SECRET|stack|\.ts/)
    expect(failing.lines.some((line) => line.includes(answer.body.requestId) && line.includes('SECRET-DETAIL'))).toBe(
      true,
    )
    await failing.close()
  })
})

describe('[T2] every request needs a token', () => {
  /** Probes, what tus clients ask first, and what somebody needs who has no account yet. */
  const open = ['describeUploads', 'getMetrics', 'isAlive', 'isReady', 'registerAccount']
  type Told = Readonly<Record<string, Readonly<Record<string, { operationId: string; security?: readonly object[] }>>>>

  test('but for those that the document names, and there are no more of these', async () => {
    const { paths } = (await running.api.inject('/docs/openapi.json')).json() as { paths: Told }
    const operations = Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({ ...operation, path, method: method.toUpperCase() })),
    )
    const guarded = operations.filter(({ operationId }) => !open.includes(operationId))
    expect(operations.length - guarded.length).toBe(open.length)
    expect(
      operations
        .filter(({ security }) => security?.length === 0)
        .map(({ operationId }) => operationId)
        .sort(),
    ).toEqual(open)
    for (const { path, method, operationId } of guarded)
      for (const header of ['', 'Bearer', 'Bearer a.b.c', 'Basic YTpi', `Bearer  ${authorization}`]) {
        const url = path.replace(/\{[^}]+\}/g, () => randomUUID())
        const answer = await send({ method: method as 'GET', url, headers: { authorization: header } })
        expect(answer, operationId).toMatchObject({ status: 401, code: 'unauthenticated' })
        expect(answer.headers['www-authenticate']).toBe('Bearer')
      }
  })

  test('GET /me says who a token is', async () => {
    expect((await alice('GET', '/me')).body).toMatchObject({ userId: 'alice', deviceId: 'phone', roles: ['user'] })
  })
})

describe('limits and browsers', () => {
  test('over the rate of a user: rate_limited with a time to wait, while others go on', async () => {
    const limited = await startApi({}, { requestsPerMinute: 3 })
    const [first, other] = [await createCaller(limited, 'alice'), await createCaller(limited, 'bob', 'tablet')]
    for (let n = 0; n < 3; n++) expect((await first('GET', '/me')).status).toBe(200)
    const refused = await first('GET', '/inbox')
    expect(refused).toMatchObject({ status: 429, body: { code: 'rate_limited', temporary: true } })
    expect(refused.body.retryAfterMs).toBeGreaterThan(0)
    expect(Number(refused.headers['retry-after'])).toBe(Math.ceil(refused.body.retryAfterMs / 1000))
    expect((await other('GET', '/me')).status).toBe(200)
    await limited.close()
  })

  test('[R2] a position that the views do not reach is behind, after a bounded wait', async () => {
    const impatient = await startApi({}, { atLeastTimeoutMs: 20 })
    const caller = await createCaller(impatient, 'alice')
    expect(await caller('GET', '/inbox?atLeast=999999')).toMatchObject({
      status: 503,
      body: { code: 'behind', retryAfterMs: 500 },
    })
    expect(await caller('GET', '/inbox?atLeast=made-up')).toMatchObject({ status: 400, body: { code: 'invalid' } })
    await impatient.close()
  })

  test('only configured origins may call from a browser', async () => {
    const preflight = (origin: string) =>
      running.api.inject({
        method: 'OPTIONS',
        url: '/inbox',
        headers: { origin, 'access-control-request-method': 'GET', 'access-control-request-headers': 'authorization' },
      })
    const allowed = await preflight('https://chat.example')
    expect(allowed.headers['access-control-allow-origin']).toBe('https://chat.example')
    expect((await preflight('https://evil.example')).headers['access-control-allow-origin']).toBeUndefined()
  })

  test('answers are never cached and never framed', async () => {
    const { headers } = await alice('GET', '/me')
    expect(headers).toMatchObject({ 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' })
    expect(headers['content-security-policy']).toContain("frame-ancestors 'none'")
  })
})
