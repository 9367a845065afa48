import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { openClient } from '../../support/gateway/client.ts'
import { createWorld, token, type World } from '../../support/gateway/world.ts'

interface Refused {
  readonly status: number | undefined
  readonly type: string | undefined
  readonly retryAfter: string | undefined
  readonly body: string
}

/** What a handshake is answered with when it is not upgraded. */
const refusalOf = (url: string, protocols: string[], headers: Record<string, string> = {}): Promise<Refused> =>
  new Promise((resolve, reject) => {
    const ws = new WebSocket(url, protocols, { headers })
    ws.on('open', () => reject(new Error('it was upgraded')))
    ws.on('unexpected-response', (_, response) => {
      let body = ''
      response.on('data', (data) => {
        body += data
      })
      const { statusCode: status, headers: answered } = response
      response.on('end', () =>
        resolve({ status, type: answered['content-type'], retryAfter: answered['retry-after'], body }),
      )
    })
  })

describe('handshake', () => {
  let world: World
  beforeEach(async () => {
    world = await createWorld()
  })
  afterEach(() => world.close())

  it.each([
    ['no token', {}, 'unauthenticated'],
    ['a forged token', { authorization: 'Bearer forged' }, 'unauthenticated'],
    ['another scheme', { authorization: 'Basic YTpi' }, 'unauthenticated'],
    ['an expired token', { authorization: `Bearer ${token('alice', 'phone', -1)}` }, 'token_expired'],
  ])('[T2] answers %s with 401 before the upgrade', async (_, headers, code) => {
    const refused = await refusalOf(world.url, ['backscroll.v1'], headers)
    expect(refused).toMatchObject({ status: 401, type: expect.stringContaining('application/problem+json') })
    expect(JSON.parse(refused.body)).toMatchObject({ code, status: 401, temporary: false })
    expect(refused.body).not.toContain('forged')
    expect(world.connections()).toBe(0)
  })

  it('[T1] refuses a client that does not offer the subprotocol', async () => {
    const refused = await refusalOf(world.url, ['other'], { authorization: `Bearer ${token('alice')}` })
    expect(refused.status).toBe(400)
    expect(JSON.parse(refused.body)).toMatchObject({ code: 'invalid', details: { field: 'Sec-WebSocket-Protocol' } })
  })

  it('[T2] takes the token of a browser from a subprotocol, whatever its place, and never echoes it', async () => {
    for (const protocols of [
      [`bearer.${token('alice')}`, 'backscroll.v1'],
      ['backscroll.v1', `bearer.${token('alice')}`],
    ]) {
      const ws = new WebSocket(world.url, protocols)
      await new Promise((resolve) => ws.once('open', resolve))
      expect(ws.protocol).toBe('backscroll.v1')
      ws.terminate()
    }
  })

  it('answers a plain request with 426, never with a socket', async () => {
    const known = await fetch(world.httpUrl, {
      headers: { authorization: `Bearer ${token('alice')}`, 'sec-websocket-protocol': 'backscroll.v1' },
    })
    expect([known.status, known.headers.get('upgrade')]).toEqual([426, 'websocket'])
    expect(await known.json()).toMatchObject({ code: 'upgrade_required', temporary: false })
  })

  it('P7: refuses more sockets than a user may have with 429, and takes one again when one is closed', async () => {
    const crowded = await createWorld({ socketsOfUser: 2 })
    const open = (device: string) => openClient(crowded.url, { user: 'alice', device })
    const [first] = [await open('a'), await open('b')]
    const refused = await refusalOf(crowded.url, ['backscroll.v1'], { authorization: `Bearer ${token('alice', 'c')}` })
    expect([refused.status, JSON.parse(refused.body).code]).toEqual([429, 'rate_limited'])
    await openClient(crowded.url, { user: 'bob' })
    first.ws.terminate()
    await expect.poll(() => crowded.connections()).toBe(2)
    await open('c')
    await crowded.close()
  })

  it('refuses new sockets with 503 while it drains', async () => {
    await world.gateway.drain()
    const refused = await refusalOf(world.url, ['backscroll.v1'], { authorization: `Bearer ${token('alice')}` })
    expect([refused.status, refused.retryAfter]).toEqual([503, '1'])
    expect(JSON.parse(refused.body)).toMatchObject({ code: 'shutting_down', temporary: true })
  })

  it('[T5] replaces the older connection of a device with 4501, and keeps that of another device', async () => {
    const first = await openClient(world.url, { user: 'alice' })
    const laptop = await openClient(world.url, { user: 'alice', device: 'laptop' })
    await first.connect()
    await laptop.connect()
    const second = await openClient(world.url, { user: 'alice' })
    expect(await second.connect()).toMatchObject({ type: 'reply' })
    expect(await first.closed()).toBe(4501)
    expect(await laptop.message(await world.startGroup('alice', 'bob'), 1)).toMatchObject({ type: 'reply' })
    await second.eventCount(3)
  })

  it('[T2] closes a revoked device with 4502 at once, also before its connect', async () => {
    const phone = await openClient(world.url, { user: 'alice' })
    const silent = await openClient(world.url, { user: 'alice' })
    const laptop = await openClient(world.url, { user: 'alice', device: 'laptop' })
    await phone.connect()
    await laptop.connect()
    world.gateway.revoke('alice', 'revoked', 'phone')
    expect(await Promise.all([phone.closed(), silent.closed()])).toEqual([4502, 4502])
    world.gateway.revoke('alice', 'signed_out')
    expect(await laptop.closed()).toBe(4504)
  })
})
