import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startDirect, textTo } from '../../support/api/conversations.ts'
import { createCaller, type RunningApi, startApi } from '../../support/api/harness.ts'

let running: RunningApi
beforeAll(async () => {
  running = await startApi()
})
afterAll(() => running.close())

const get = (url: string) => running.api.inject({ method: 'GET', url })

test('health and readiness need no token', async () => {
  expect((await get('/healthz')).json()).toEqual({ status: 'ok' })
  expect((await get('/readyz')).json()).toEqual({ status: 'ready' })
})

test('not ready when the log takes no appends, and it says why', async () => {
  running.state.logTrouble = 'the log has no space left'
  const answer = await get('/readyz')
  running.state.logTrouble = undefined
  expect(answer.json()).toMatchObject({ status: 503, code: 'unavailable', detail: 'the log has no space left' })
})

test('while it stops: not ready, healthy, and new requests get shutting_down', async () => {
  const caller = await createCaller(running, 'alice')
  running.state.draining = true
  const [ready, health, request] = [await get('/readyz'), await get('/healthz'), await caller('GET', '/inbox')]
  running.state.draining = false
  expect(ready.json()).toMatchObject({ code: 'shutting_down' })
  expect(health.statusCode).toBe(200)
  expect(request).toMatchObject({ status: 503, body: { code: 'shutting_down', temporary: true } })
})

test('metrics time requests by route, never by address', async () => {
  const caller = await createCaller(running, 'alice')
  const id = randomUUID()
  await caller('GET', `/conversations/${id}`)
  const metrics = await get('/metrics')
  expect(metrics.headers['content-type']).toContain('text/plain')
  expect(metrics.body).toContain('route="/conversations/:conversationId"')
  expect(metrics.body).toContain('backscroll_projector_lag_positions 0')
  expect(metrics.body).not.toContain(id)
})

test('metrics can be kept for administrators, or switched off', async () => {
  const closed = await startApi({}, { metrics: 'admin' })
  const ask = async (role: 'user' | 'admin') =>
    closed.api.inject({
      url: '/metrics',
      headers: { authorization: `Bearer ${await closed.tokenFor('a', 'b', [role])}` },
    })
  expect((await closed.api.inject('/metrics')).json()).toMatchObject({ code: 'unauthenticated' })
  expect((await ask('user')).json()).toMatchObject({ code: 'forbidden' })
  expect((await ask('admin')).statusCode).toBe(200)
  await closed.close()
  const off = await startApi({}, { metrics: 'off' })
  expect((await off.api.inject('/metrics')).statusCode).toBe(404)
  await off.close()
})

test('the log has a line for each request, without token, content, query or address', async () => {
  const caller = await createCaller(running, 'alice', 'secret-device')
  await startDirect(caller, 'alice', 'bob')
  const message = textTo('bob', 2)
  expect((await caller('POST', '/messages', message)).status).toBe(200)
  await caller('GET', '/messages?userId=bob&limit=7')
  const lines = running.lines.join('')
  expect(lines).toContain('"route":"/messages"')
  expect(lines).toContain('"userId":"alice"')
  const token = await running.tokenFor('alice', 'secret-device')
  for (const secret of [message.ciphertext, token, 'limit=7', 'eyJhbGci']) expect(lines).not.toContain(secret)
})
