import { limits } from '@backscroll/protocol/limits'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { createRest } from '../../../../packages/client/src/rest/rest-client.ts'
import { createTokenSource } from '../../../../packages/client/src/sign-in/token-source.ts'
import { systemClock } from '../../../../packages/client/src/time/clock.ts'

const problem = (status: number, code: string, more: object = {}) =>
  Response.json({ type: 't', title: 't', status, code, detail: 'why', requestId: 'r', ...more }, { status })

const worldOver = (fetch: typeof globalThis.fetch) => {
  let tokens = 0
  return createRest({
    prover: () => undefined,
    url: 'http://server/base/',
    token: createTokenSource({
      provide: async () => `token-${++tokens}`,
      clock: systemClock,
      time: { now: Date.now, isTold: () => false },
    }),
    fetch,
    clock: systemClock,
    random: () => 0,
  })
}

const world = (...answers: readonly (Response | Error)[]) => {
  const requests: { readonly url: string; readonly init: RequestInit | undefined }[] = []
  const rest = worldOver(async (input, init) => {
    requests.push({ url: String(input), init })
    const answer = answers[requests.length - 1]
    if (answer instanceof Response) return answer
    throw answer ?? new TypeError('fetch failed')
  })
  return { rest, requests }
}
const schema = z.object({ ok: z.boolean() })
const wanted = { path: '/inbox', query: { limit: 2, cursor: undefined, q: 'a b&c' }, schema }

describe('REST requests of the client', () => {
  it('carry the token in a header and leave out what is undefined', async () => {
    const { rest, requests } = world(Response.json({ ok: true, newer: 1 }))
    expect(await rest.request(wanted)).toEqual({ ok: true })
    expect(requests[0]?.url).toBe('http://server/base/inbox?limit=2&q=a+b%26c')
    expect(new Headers(requests[0]?.init?.headers).get('authorization')).toBe('Bearer token-1')
  })

  it('get a new token once when the server refuses the one in use', async () => {
    const { rest, requests } = world(problem(401, 'token_expired'), Response.json({ ok: true }))
    await rest.request(wanted)
    expect(new Headers(requests[1]?.init?.headers).get('authorization')).toBe('Bearer token-2')
    const refused = world(problem(401, 'unauthenticated'), problem(401, 'unauthenticated'))
    await expect(refused.rest.request(wanted)).rejects.toMatchObject({ code: 'unauthenticated' })
    expect(refused.requests).toHaveLength(2)
  })

  it('reject with the code, the details and the delay of the problem [R3]', async () => {
    const details = { last: 7 }
    const { rest } = world(problem(409, 'client_seq_gap', { temporary: false, details }))
    await expect(rest.request(wanted)).rejects.toMatchObject({ code: 'client_seq_gap', message: 'why', details })
    const unknown = world(problem(503, 'from_the_future', { temporary: true, retryAfterMs: 9 }))
    await expect(unknown.rest.request(wanted)).rejects.toMatchObject({
      code: 'internal',
      temporary: true,
      retryAfterMs: 9,
    })
  })

  it('read no answer and no refusal that has no end', async () => {
    let sent = 0
    const endless = (status: number) => {
      const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
        pull: (controller) => {
          sent += 65_536
          controller.enqueue(new Uint8Array(65_536).fill(0x20))
        },
      })
      return new Response(body, { status })
    }
    await expect(world(endless(200)).rest.request(wanted)).rejects.toMatchObject({ code: 'unavailable' })
    expect(sent).toBeLessThan(limits.answerBytes + 1_000_000)
    sent = 0
    await expect(world(endless(500)).rest.request(wanted)).rejects.toMatchObject({ code: 'internal' })
    expect(sent).toBeLessThan(1_000_000)
  })

  it('follow no redirect but the one of a file, which may lie in a bucket', async () => {
    const { rest, requests } = world(Response.json({ ok: true }), new Response('bytes'))
    await rest.request(wanted)
    await rest.raw({ method: 'GET', path: '/media/m-1', headers: {}, follow: true })
    expect(requests.map(({ init }) => init?.redirect)).toEqual(['error', 'follow'])
  })

  it('call fetch as a browser demands, not as a method of an object', async () => {
    const likeBrowsers = async function (this: unknown): Promise<Response> {
      if (this !== undefined) throw new TypeError('Illegal invocation')
      return Response.json({ ok: true })
    }
    expect(await worldOver(likeBrowsers).request(wanted)).toEqual({ ok: true })
  })

  it('keep what was thrown when the server cannot be reached', async () => {
    const thrown = new TypeError('fetch failed')
    await expect(world(thrown).rest.request(wanted)).rejects.toMatchObject({ code: 'unavailable', cause: thrown })
  })

  it('reject with a temporary error when the server cannot be reached or does not speak JSON', async () => {
    const gone = world(new TypeError('fetch failed'))
    await expect(gone.rest.request(wanted)).rejects.toMatchObject({ code: 'unavailable', temporary: true })
    const proxy = world(new Response('<html>', { status: 502 }))
    await expect(proxy.rest.request(wanted)).rejects.toMatchObject({ code: 'internal', temporary: true })
  })

  it('repeat reads a few times while the error is temporary, and commands never by themselves', async () => {
    const busy = () => problem(503, 'behind', { temporary: true })
    const { rest, requests } = world(busy(), busy(), Response.json({ ok: true }))
    expect(await rest.read(wanted)).toEqual({ ok: true })
    expect(requests).toHaveLength(3)
    const never = world(busy(), busy(), busy(), busy(), busy())
    await expect(never.rest.read(wanted)).rejects.toMatchObject({ code: 'behind' })
    expect(never.requests).toHaveLength(4)
    const forbidden = world(problem(404, 'not_found'))
    await expect(forbidden.rest.read(wanted)).rejects.toMatchObject({ code: 'not_found' })
    expect(forbidden.requests).toHaveLength(1)
  })
})
