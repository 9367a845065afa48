import { errorKinds } from '@backscroll/protocol/errors'
import { problem } from '@backscroll/protocol/rest/problem'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type RunningApi, startApi } from '../../support/api/harness.ts'
import { sealedForm } from '../../support/groups/sealed-form.ts'

let running: RunningApi
let authorization: string

beforeAll(async () => {
  running = await startApi()
  authorization = `Bearer ${await running.tokenFor('mallory')}`
})
afterAll(() => running.close())

const runs = { numRuns: Number(process.env.BACKSCROLL_FUZZ_RUNS ?? 300) }
/** Lone surrogates have no UTF-8 form: they cannot be sent at all. */
const wellFormed = (fields: Record<string, string>) =>
  Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, value.toWellFormed()]))
const segment = (text: string) => encodeURIComponent(text.toWellFormed())

/** In one part of a path, and decoded to itself. */
const isPlain = (id: string): boolean => /^[A-Za-z0-9-]+$/.test(id)

const uuid = fc.uuid({ version: 4 })
const oddId = fc.oneof(uuid, fc.string(), fc.constantFrom('..', '%00', '%2f', 'constructor', '__proto__', '-1', 'null'))
const number = fc.oneof(fc.integer(), fc.double(), fc.constantFrom(0, 1, -1, 2 ** 53, Infinity))
const odd = fc.oneof(
  fc.jsonValue(),
  number,
  fc.constantFrom('', 'A'.repeat(70_000), '\u0000', '\ud800', '[object Object]'),
)

/** Nine times in ten the right form, so that the one odd field is reached; sometimes missing. */
const field = <Value>(right: fc.Arbitrary<Value>) =>
  fc.oneof(
    { weight: 18, arbitrary: right },
    { weight: 1, arbitrary: odd },
    { weight: 1, arbitrary: fc.constant(undefined) },
  )
const sealed = fc.string({ maxLength: 60 }).map(sealedForm)
const base64 = fc.uint8Array({ minLength: 1, maxLength: 60 }).map((bytes) => Buffer.from(bytes).toString('base64'))
const numbers = {
  clientSeq: field(fc.integer({ min: 1, max: 3 })),
  afterClientSeq: field(fc.integer({ min: 1, max: 3 })).filter((value) => value !== 0),
}
const maybe = <Value>(value: fc.Arbitrary<Value>) => fc.oneof(value, fc.constant(undefined))
const user = fc.constantFrom('bob', 'carol', 'mallory')

const message = fc.record({
  ...numbers,
  conversationId: maybe(field(uuid)),
  recipientId: maybe(field(user)),
  messageId: field(uuid),
  ciphertext: maybe(field(base64)),
  contentType: maybe(field(fc.constant('text'))),
  relatesTo: maybe(field(fc.record({ messageId: uuid, revision: fc.nat(9), kind: fc.constantFrom('edit', 'delete') }))),
  mediaIds: maybe(field(fc.array(fc.constant('m1')))),
  sentAt: maybe(field(fc.nat())),
})
const device = fc.record({ userId: user, deviceId: fc.constantFrom('phone', 'tablet') })
const group = fc.record({
  addDevices: field(fc.array(device)),
  commit: maybe(field(base64)),
  welcome: maybe(field(base64)),
  groupInfo: field(base64),
})
const start = fc.record({
  ...numbers,
  conversationId: maybe(field(uuid)),
  recipientId: maybe(field(user)),
  members: maybe(field(fc.array(user))),
  name: maybe(field(sealed)),
  group: maybe(field(group)),
})
const change = fc.record({
  ...numbers,
  name: maybe(field(sealed)),
  posting: maybe(field(fc.constantFrom('everyone', 'admins'))),
  retentionSeconds: maybe(field(fc.integer({ min: 1, max: 99 }))),
})
const proof = fc.record({ credential: field(base64), signatureKey: field(base64), signature: field(base64) })
const signed = { generation: field(fc.nat({ max: 3 })), epoch: field(fc.nat({ max: 9 })), proof: field(proof) }
const departure = fc.record({ ...numbers, ...signed })
const role = fc.record({
  ...numbers,
  ...signed,
  role: field(fc.constantFrom('owner', 'admin', 'member')),
  number: field(fc.integer({ min: 1, max: 9 })),
})
const ack = fc.record({
  upToSeq: field(fc.integer({ min: 1, max: 9 })),
  status: field(fc.constantFrom('read', 'delivered')),
})

/** One write: method, path, body. */
const to = (method: 'POST' | 'PATCH' | 'DELETE', path: fc.Arbitrary<string>, body: fc.Arbitrary<object>) =>
  fc.tuple(fc.constant(method), path, body)
const inConversation = (rest: string) => field(uuid).map((id) => `/conversations/${segment(String(id))}${rest}`)
const ofMember = fc
  .tuple(field(uuid), field(user))
  .map(([id, member]) => `/conversations/${segment(String(id))}/members/${segment(String(member))}`)
const writes = fc.oneof(
  to('POST', fc.constant('/messages'), message),
  to('POST', fc.constant('/conversations'), start),
  to('PATCH', inConversation(''), change),
  to('POST', inConversation('/ack'), ack),
  to('PATCH', ofMember, role),
  to('DELETE', ofMember, departure),
)

/** Only what the closed list allows, as a problem, and never the server's own failure. */
const expectClosed = (answer: { statusCode: number; headers: object; body: string; json(): unknown }) => {
  if (answer.statusCode < 300) return
  const found = problem.strict().parse(answer.json())
  expect(found.status).toBe(answer.statusCode)
  expect(errorKinds[found.code].status).toBe(answer.statusCode)
  expect(found.code).not.toBe('internal')
  expect(answer.body).not.toMatch(/node_modules|\.ts:|at .*\(/)
}

describe('whatever comes, the answer is from the closed list, and nothing is stored', () => {
  test('[M3] writes, almost right: nobody has sent a predecessor, so that none of them can be accepted', async () => {
    const head = await running.log.head()
    const codes = new Set<string>()
    await fc.assert(
      fc.asyncProperty(writes, async ([method, url, payload]) => {
        const answer = await running.api.inject({ method, url, headers: { authorization }, payload })
        expectClosed(answer)
        expect(answer.statusCode).toBeGreaterThanOrEqual(400)
        codes.add(answer.json().code)
      }),
      runs,
    )
    expect(await running.log.head()).toBe(head)
    // The wrong ones were not all stopped at the door.
    expect([...codes]).toEqual(expect.arrayContaining(['invalid', 'not_found', 'client_seq_gap']))
  })

  test('bytes instead of JSON', async () => {
    const head = await running.log.head()
    const headers = { authorization, 'content-type': 'application/json' }
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (bytes) => {
        expectClosed(
          await running.api.inject({ method: 'POST', url: '/messages', headers, payload: Buffer.from(bytes) }),
        )
      }),
      runs,
    )
    expect(await running.log.head()).toBe(head)
  })

  test('queries of every read', async () => {
    const paths = ['/inbox', '/messages', '/sync', '/sync/snapshot', '/me', '/nothing']
    const names = ['limit', 'cursor', 'since', 'before', 'after', 'from', 'atLeast', 'conversationId', 'userId', 'x']
    const position = fc.constantFrom('0', '1', '', '-1', '1e3', '9'.repeat(30))
    const query = fc.dictionary(fc.constantFrom(...names), fc.oneof(oddId, position, fc.base64String()))
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...paths), query, async (path, fields) => {
        const text = new URLSearchParams(wellFormed(fields))
        expectClosed(await running.api.inject({ method: 'GET', url: `${path}?${text}`, headers: { authorization } }))
      }),
      runs,
    )
  })

  test('every method at every path, with whatever headers', async () => {
    const { paths } = (await running.api.inject('/docs/openapi.json')).json()
    const all = Object.entries(paths as Record<string, Record<string, { responses: object }>>)
    // Mallory is needed.
    const known = all.filter(([path]) => !/erasure|deactivation/.test(path))
    const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'PROPFIND', 'COPY'] as const
    const header = fc.record(
      {
        'content-type': fc.constantFrom('application/json', 'text/plain', 'application/json; charset=x', ''),
        'content-encoding': fc.constantFrom('gzip', 'identity', 'x'),
        'accept-encoding': fc.constantFrom('gzip', 'br', 'gzip;q=0', '*', 'x;;q'),
        'if-none-match': fc.constantFrom('*', '"x"', 'W/"x", "y"', '"'),
        origin: fc.constantFrom('https://chat.example', 'null'),
        range: fc.constant('bytes=0-1'),
        expect: fc.constant('100-continue'),
      },
      { requiredKeys: [] },
    )
    const body = fc.oneof(fc.constant(undefined), fc.constantFrom('', '{}', '[]', 'null', '{"a":'), fc.json())
    const place = fc.tuple(fc.constantFrom(...known), oddId)
    const isDocumented = (method: string, url: string) =>
      known.some(
        ([path, operations]) =>
          method.toLowerCase() in operations && new RegExp(`^${path.replace(/\{[^}]+\}/g, '[^/]+')}$`).test(url),
      )
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...methods),
        place,
        header,
        body,
        async (method, [[path], id], headers, payload) => {
          const url = path.replace(/\{[^}]+\}/g, () => segment(id))
          const answer = await running.api.inject({
            ...{ method: method as 'GET', url, headers: { authorization, ...headers } },
            ...(payload === undefined ? {} : { payload }),
          })
          expect(answer.statusCode, `${method} ${url}`).not.toBe(500)
          if (method !== 'HEAD' && answer.statusCode >= 400) expectClosed(answer)
          // Another method than the document knows at this address: `/invites/redeem` is an `/invites/{inviteId}` too.
          if (!isDocumented(method, url) && !['HEAD', 'OPTIONS'].includes(method) && isPlain(id))
            expect([405, 415, 417], `${method} ${url}`).toContain(answer.statusCode)
        },
      ),
      runs,
    )
  })

  test('tokens', async () => {
    const token = await running.tokenFor('mallory')
    const cut = fc.tuple(fc.nat(token.length), fc.nat(token.length)).map(([a, b]) => token.slice(a, b))
    const flipped = fc
      .nat(token.length - 2)
      .map((at) => `${token.slice(0, at)}${token[at] === 'A' ? 'B' : 'A'}${token.slice(at + 1)}`)
    await fc.assert(
      fc.asyncProperty(fc.oneof(cut, flipped, fc.base64String()), async (forged) => {
        fc.pre(forged !== token)
        const answer = await running.api.inject({ url: '/me', headers: { authorization: `Bearer ${forged}` } })
        expect(answer.statusCode).toBe(401)
        expectClosed(answer)
      }),
      runs,
    )
  })
})
