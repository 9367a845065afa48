import { createECDH, randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openPushTarget } from '../../../src/identity/accounts/devices/sealed-push-target.ts'
import { createSealer } from '../../../src/identity/tokens/keys/sealing-key.ts'
import { createAllowedHosts } from '../../../src/runtime/allowed-hosts.ts'
import { createCaller, type RunningApi, startApi } from '../../support/api/harness.ts'

const vapidKey = 'B'.repeat(87)
let running: RunningApi
beforeAll(async () => {
  const push = { fcm: true, vapidKey: async () => vapidKey, allowed: createAllowedHosts(['*.push.example.org']) }
  running = await startApi({}, {}, { push })
})
afterAll(() => running.close())

let people = 0
const person = async () => {
  people += 1
  const userId = `person-${people}`
  await running.accounts.store.provision(['phone', 'laptop'].map((deviceId) => ({ userId, deviceId, at: Date.now() })))
  return { userId, call: await createCaller(running, userId) }
}

const subscription = (changes: object = {}) => ({
  kind: 'webpush',
  endpoint: `https://eu.push.example.org/${randomBytes(8).toString('hex')}`,
  keys: {
    p256dh: createECDH('prime256v1').generateKeys('base64url'),
    auth: randomBytes(16).toString('base64url'),
  },
  ...changes,
})

const stored = async (userId: string) => {
  const { store } = running.accounts
  await store.owePushes([{ userId, conversationId: 'c', seq: 1, at: 1 }], 1, false)
  const wakes = [...(await store.claimPushes('fcm', 100, 2, 3)), ...(await store.claimPushes('webpush', 100, 2, 3))]
  return wakes.filter((wake) => wake.userId === userId)
}

describe('the push target of a device', () => {
  test('is of a kind that the server offers', async () => {
    const { call } = await person()
    expect((await call('GET', '/push')).body).toEqual({ fcm: true, vapidKey })
  })

  test('is stored sealed, and opens only for this device', async () => {
    const { userId, call } = await person()
    const target = subscription()
    expect((await call('PUT', '/devices/phone/push', target)).status).toBe(200)
    const [wake] = await stored(userId)
    expect(wake).toMatchObject({ deviceId: 'phone', kind: 'webpush' })
    expect(JSON.stringify(wake)).not.toContain(target.endpoint)
    expect(JSON.stringify(wake)).not.toContain(target.keys.auth)
    const sealer = createSealer(`${running.accounts.directory}/keys`)
    expect(await openPushTarget(sealer, { userId, deviceId: 'phone' }, wake?.target ?? '')).toEqual(target)
    expect(await openPushTarget(sealer, { userId, deviceId: 'laptop' }, wake?.target ?? '')).toBeUndefined()
    expect((await call('DELETE', '/devices/phone/push')).status).toBe(200)
    expect((await call('DELETE', '/devices/phone/push')).status).toBe(200)
    expect(await stored(userId)).toEqual([])
  })

  test('is set by the device itself, not by another device or user', async () => {
    const [alice, bob] = [await person(), await person()]
    const target = { kind: 'fcm', token: 'a-token' }
    expect((await alice.call('PUT', '/devices/laptop/push', target)).code).toBe('not_found')
    expect((await alice.call('DELETE', '/devices/laptop/push')).code).toBe('not_found')
    expect((await bob.call('PUT', '/devices/phone/push', target)).status).toBe(200)
    expect(await stored(alice.userId)).toEqual([])
  })

  test('belongs to the user who signed in last on that installation', async () => {
    const [alice, bob] = [await person(), await person()]
    const target = { kind: 'fcm', token: 'one-installation' }
    await alice.call('PUT', '/devices/phone/push', target)
    await bob.call('PUT', '/devices/phone/push', target)
    expect([await stored(alice.userId), (await stored(bob.userId)).length]).toEqual([[], 1])
  })

  test.each([
    ['another host', { endpoint: 'https://push.example.com/1' }, 'endpoint'],
    ['plain http', { endpoint: 'http://eu.push.example.org/1' }, 'endpoint'],
    ['an address inside', { endpoint: 'https://169.254.169.254/latest' }, 'endpoint'],
    ['no URL', { endpoint: 'push' }, 'endpoint'],
    [
      'a point that is not on the curve',
      { keys: { p256dh: `BA${'A'.repeat(85)}`, auth: 'A'.repeat(22) } },
      'keys.p256dh',
    ],
    ['a short secret', { keys: { p256dh: subscription().keys.p256dh, auth: 'AAAA' } }, 'keys.auth'],
    ['a webhook of its own', { kind: 'webhook' }, 'kind'],
    ['more than there is', { extra: 1 }, undefined],
  ])('is not %s', async (_what, changes, field) => {
    const { userId, call } = await person()
    const { code, body } = await call('PUT', '/devices/phone/push', subscription(changes))
    expect([code, body.details.field]).toEqual(['invalid', field ?? expect.anything()])
    expect(await stored(userId)).toEqual([])
  })

  test('has a limit on changes', async () => {
    const { call } = await person()
    const target = { kind: 'fcm', token: 'again-and-again' }
    let code: string | undefined
    for (let tries = 0; tries < 130 && code === undefined; tries += 1)
      code = (await call('PUT', '/devices/phone/push', target)).code
    expect(code).toBe('rate_limited')
  })

  test('is refused by a server without push', async () => {
    const plain = await startApi()
    const call = await createCaller(plain, 'ann')
    expect((await call('GET', '/push')).body).toEqual({ fcm: false, vapidKey: null })
    expect((await call('PUT', '/devices/phone/push', subscription())).code).toBe('push_unavailable')
    expect((await call('PUT', '/devices/phone/push', { kind: 'fcm', token: 't' })).code).toBe('push_unavailable')
    await plain.close()
  })
})

describe('the quiet hours of a user', () => {
  test('are stored and removed', async () => {
    const { call } = await person()
    const quietHours = { from: '22:30', to: '07:00', timeZone: 'America/New_York' }
    expect((await call('GET', '/me/push')).body).toEqual({ quietHours: null })
    expect((await call('PUT', '/me/push', { quietHours })).body).toEqual({ quietHours })
    expect((await call('GET', '/me/push')).body).toEqual({ quietHours })
    expect((await call('PUT', '/me/push', { quietHours: null })).body).toEqual({ quietHours: null })
  })

  test.each([
    { from: '24:00', to: '07:00', timeZone: 'UTC' },
    { from: '7:00', to: '08:00', timeZone: 'UTC' },
    { from: '07:00', to: '08:00', timeZone: 'Mars/Olympus' },
    { from: '07:00', to: '08:00' },
  ])('%j is refused', async (quietHours) => {
    const { call } = await person()
    expect((await call('PUT', '/me/push', { quietHours })).code).toBe('invalid')
  })
})
