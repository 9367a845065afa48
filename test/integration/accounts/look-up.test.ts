import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createTestDevice } from '../../support/accounts/device-keys.ts'
import { createCaller, type RunningApi, startApi } from '../../support/api/harness.ts'

let running: RunningApi
beforeAll(async () => {
  running = await startApi()
})
afterAll(() => running.close())

let people = 0
const person = async (changes: object = {}, api = running) => {
  people += 1
  const login = `person-${people}@example.org`
  const payload = { login, password: 'correct horse', ...changes }
  const { userId } = (await api.api.inject({ method: 'POST', url: '/accounts', payload })).json()
  await api.accounts.store.provision([{ userId, deviceId: 'phone', at: Date.now() }])
  return { userId: userId as string, login, call: await createCaller(api, userId) }
}
type Person = Awaited<ReturnType<typeof person>>

const find = ({ call }: Person, login: string) => call('POST', '/users/lookup', { login })
/** Everything in an answer but what differs between any two. */
const answerOf = async (by: Person, login: string) => {
  const { status, body, headers } = await find(by, login)
  const { 'x-request-id': _id, date: _date, 'backscroll-time': _time, ...rest } = headers
  const { requestId: _request, ...said } = body
  const counted = Object.entries(rest).filter(([name]) => !name.startsWith('ratelimit') && name !== 'dpop-nonce')
  return { status, said, headers: Object.fromEntries(counted) }
}

describe('POST /users/lookup', () => {
  test('answers with the id of somebody who registered, for the exact name in any case', async () => {
    const [alice, bob] = [await person(), await person()]
    expect((await find(bob, ` ${alice.login.toUpperCase()}`)).body).toEqual({ userId: alice.userId })
    expect((await find(bob, alice.login.slice(0, -1))).code).toBe('not_found')
  })

  test('answers alike for nobody, for who hides, for who was locked or erased, and for who has blocked who asks', async () => {
    const [alice, hidden, registeredHidden, locked, erased, blocker] = [
      await person(),
      await person(),
      await person({ findableByLogin: false }),
      await person(),
      await person(),
      await person(),
    ]
    await hidden.call('PATCH', '/me', { privacy: { findableByLogin: false } })
    expect((await locked.call('POST', '/me/deactivation', { password: 'correct horse' })).status).toBe(200)
    expect((await erased.call('POST', '/me/erasure', { password: 'correct horse' })).status).toBe(200)
    expect((await blocker.call('PUT', `/blocks/${alice.userId}`)).status).toBe(200)
    const nobody = await answerOf(alice, 'person-0@example.org')
    expect(nobody).toMatchObject({ status: 404, said: { code: 'not_found' } })
    for (const { login } of [hidden, registeredHidden, locked, erased, blocker])
      expect(await answerOf(alice, login)).toEqual(nobody)
    expect((await find(await person(), blocker.login)).body).toEqual({ userId: blocker.userId })
    await hidden.call('PATCH', '/me', { privacy: { findableByLogin: true } })
    expect((await find(alice, hidden.login)).body).toEqual({ userId: hidden.userId })
  })

  test('is for registered devices alone', async () => {
    const { login, userId } = await person()
    const anonymous = await running.api.inject({ method: 'POST', url: '/users/lookup', payload: { login } })
    expect(anonymous.statusCode).toBe(401)
    const device = createTestDevice(userId, 'unregistered')
    const unregistered = await createCaller(running, userId, 'unregistered', device)
    expect((await unregistered('POST', '/users/lookup', { login })).code).toBe('unknown_device')
  })

  test('says what is wrong with a body, and repeats nothing of it', async () => {
    const { call } = await person()
    for (const body of [{}, { login: '' }, { login: 'x'.repeat(255) }, { login: 7 }, { login: 'a', userId: 'b' }]) {
      const { status, code, text } = await call('POST', '/users/lookup', body)
      expect([status, code]).toEqual([400, 'invalid'])
      expect(text).not.toContain('xxx')
    }
  })

  test('an operator has people hidden who have not said otherwise', async () => {
    const hiding = await startApi({}, {}, { settings: { findableByLogin: false } })
    const [alice, bob] = [await person({}, hiding), await person({ findableByLogin: true }, hiding)]
    expect((await find(bob, alice.login)).code).toBe('not_found')
    expect((await find(alice, bob.login)).body).toEqual({ userId: bob.userId })
    await hiding.close()
  })
})
