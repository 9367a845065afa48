import { Secret, TOTP } from 'otpauth'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createAuthenticator } from '../../support/accounts/passkey-authenticator.ts'
import { createCaller, type RunningApi, startApi } from '../../support/api/harness.ts'

let running: RunningApi
let ahead = 0
let began = 0
/** Stands still but where a test moves it: a code must not end between two requests of a test. */
const now = () => began + ahead
beforeEach(async () => {
  ahead = 0
  began = Date.now()
  running = await startApi({}, {}, { now })
})
afterEach(() => running.close())

const password = 'correct horse'
let people = 0
const person = async () => {
  people += 1
  const payload = { login: `factor-${people}@example.org`, password }
  const { userId } = (await running.api.inject({ method: 'POST', url: '/accounts', payload })).json() as {
    userId: string
  }
  await running.accounts.store.provision([{ userId, deviceId: 'phone', at: now() }])
  return { userId, call: await createCaller(running, userId) }
}
const appOf = (secret: string) => {
  const totp = new TOTP({ secret: Secret.fromBase32(secret), digits: 6, period: 30 })
  return (steps = 0) => totp.generate({ timestamp: now() + steps * 30_000 })
}
const withApp = async () => {
  const { userId, call } = await person()
  const { secret } = (await call('POST', '/me/second-factor/totp', { password })).body
  const code = appOf(secret)
  const confirmed = await call('POST', '/me/second-factor/totp/confirmation', { code: code() })
  return { userId, call, secret, code, recoveryCodes: confirmed.body.recoveryCodes as string[] }
}
const sender = { address: '192.0.2.1' }

describe('an authenticator app', () => {
  test('is offered with the password, as text and picture, and counts once a code was shown', async () => {
    const { userId, call } = await person()
    expect((await call('POST', '/me/second-factor/totp', { password: 'guess' })).body.code).toBe('wrong_password')
    const { body } = await call('POST', '/me/second-factor/totp', { password })
    expect(body.uri).toMatch(/^otpauth:\/\/totp\/Backscroll:factor-.*secret=/)
    expect(body.qr).toContain('<svg')
    expect((await call('GET', '/me/second-factor')).body).toEqual({ totp: false, passkeys: [], recoveryCodes: 0 })
    expect(await running.accounts.secondFactors.takeCode(userId, appOf(body.secret)(), sender)).toBe(false)
    const wrong = await call('POST', '/me/second-factor/totp/confirmation', { code: '000000' })
    expect([wrong.status, wrong.body.code]).toEqual([403, 'wrong_code'])
    const { recoveryCodes } = (
      await call('POST', '/me/second-factor/totp/confirmation', { code: appOf(body.secret)() })
    ).body
    expect(new Set(recoveryCodes).size).toBe(10)
    expect((await call('GET', '/me/second-factor')).body).toMatchObject({ totp: true, recoveryCodes: 10 })
    expect((await call('POST', '/me/second-factor/totp', { password })).body.code).toBe('factor_exists')
    expect(running.accounts.audit).toContainEqual({ event: 'second_factor_added', userId, factor: 'totp' })
  })

  test('shows codes that are good once, also of two at the same time, and none of before', async () => {
    const { userId, code } = await withApp()
    const take = (typed: string) => running.accounts.secondFactors.takeCode(userId, typed, sender)
    expect(await take(code())).toBe(false)
    ahead += 60_000
    const answers = await Promise.all([take(code()), take(code()), take(code())])
    expect(answers.filter((taken) => taken)).toHaveLength(1)
    ahead += 30_000
    expect([await take(code(-1)), await take(` ${code().slice(0, 3)} ${code().slice(3)}`)]).toEqual([false, true])
  })

  test('is guessed at a few times, over all networks', async () => {
    const { userId, code } = await withApp()
    ahead += 60_000
    const outcomes: string[] = []
    for (let network = 0; network < 80; network += 1) {
      const from = { address: `198.51.100.${network}` }
      const outcome = await running.accounts.secondFactors
        .takeCode(userId, '123456', from)
        .then(String, ({ code }) => code)
      outcomes.push(outcome)
    }
    expect(outcomes.filter((outcome) => outcome !== 'rate_limited').length).toBeLessThanOrEqual(27)
    await expect(running.accounts.secondFactors.takeCode(userId, code(), sender)).rejects.toMatchObject({
      code: 'rate_limited',
    })
  })

  test('is stored sealed: who reads the database alone makes no codes', async () => {
    const { userId, secret } = await withApp()
    const { totp } = await running.accounts.store.factors(userId)
    expect(totp?.secret).not.toContain(secret)
    const other = await withApp()
    const stolen = (await running.accounts.store.factors(other.userId)).totp?.secret ?? ''
    await running.accounts.store.removeTotp(userId)
    await running.accounts.store.offerTotp(userId, stolen)
    await running.accounts.store.confirmTotp(userId, stolen, 0, undefined, 1)
    ahead += 60_000
    expect(await running.accounts.secondFactors.takeCode(userId, other.code(), sender)).toBe(false)
  })

  test('is removed with the password, and recovery codes go with it', async () => {
    const { call, userId } = await withApp()
    expect((await call('DELETE', '/me/second-factor/totp', { password: 'guess' })).status).toBe(403)
    expect((await call('DELETE', '/me/second-factor/totp', { password })).status).toBe(200)
    expect((await call('DELETE', '/me/second-factor/totp', { password })).status).toBe(404)
    expect((await call('GET', '/me/second-factor')).body).toEqual({ totp: false, passkeys: [], recoveryCodes: 0 })
    expect(running.accounts.audit).toContainEqual({ event: 'second_factor_removed', userId, factor: 'totp' })
  })
})

describe('recovery codes', () => {
  test('are good once each, however they are typed, and renewed with the password', async () => {
    const { userId, call, recoveryCodes } = await withApp()
    const take = (typed: string) => running.accounts.secondFactors.takeCode(userId, typed, sender)
    const [first = '', second = ''] = recoveryCodes
    expect([await take(first.toUpperCase().replaceAll('-', ' ')), await take(first)]).toEqual([true, false])
    const renewed = await call('POST', '/me/second-factor/recovery-codes', { password })
    expect(renewed.body.recoveryCodes).toHaveLength(10)
    expect(await take(second)).toBe(false)
    expect(await take(renewed.body.recoveryCodes[0])).toBe(true)
    const { call: other } = await person()
    expect((await other('POST', '/me/second-factor/recovery-codes', { password })).status).toBe(404)
  })
})

describe('a passkey', () => {
  const origin = 'http://localhost'
  const add = async (
    call: Awaited<ReturnType<typeof person>>['call'],
    authenticator = createAuthenticator({ origin }),
  ) => {
    const options = (await call('POST', '/me/passkeys/options', { password })).body
    return {
      authenticator,
      options,
      added: await call('POST', '/me/passkeys', { name: 'key', answer: authenticator.create(options) }),
    }
  }

  test('is added to the account that asked, with recovery codes for the first, and listed', async () => {
    const { call } = await person()
    expect((await call('POST', '/me/passkeys/options', { password: 'guess' })).status).toBe(403)
    const { added, authenticator } = await add(call)
    expect([added.status, added.body.recoveryCodes?.length]).toEqual([200, 10])
    expect((await call('GET', '/me/second-factor')).body.passkeys).toMatchObject([
      { credentialId: authenticator.id, name: 'key' },
    ])
    expect((await add(call)).added.body.recoveryCodes).toEqual([])
    const removed = await call('DELETE', `/me/passkeys/${authenticator.id}`, { password })
    expect(removed.status).toBe(200)
  })

  test('is not added twice, for another, of another origin, or to options of another time or another user', async () => {
    const [alice, bob] = [await person(), await person()]
    const { authenticator, options } = await add(alice.call)
    const refused = async (call: typeof alice.call, answer: object) =>
      expect((await call('POST', '/me/passkeys', { answer })).body.code).toBe('bad_passkey')
    const bobs = (await bob.call('POST', '/me/passkeys/options', { password })).body
    await refused(bob.call, authenticator.create(bobs))
    await refused(bob.call, createAuthenticator({ origin }).create(options))
    await refused(bob.call, createAuthenticator({ origin: 'https://evil.example' }).create(bobs))
    await refused(bob.call, createAuthenticator({ origin }).create({ ...bobs, rp: { id: 'evil.example' } }))
    ahead += 300_001
    await refused(bob.call, createAuthenticator({ origin }).create(bobs))
  })

  test('refuses what is no answer at all, and what is huge', async () => {
    const { call } = await person()
    const answer = {
      id: 'AAAA',
      rawId: 'AAAA',
      type: 'public-key',
      response: { clientDataJSON: 'AAAA', attestationObject: 'oA' },
    }
    expect((await call('POST', '/me/passkeys', { answer })).body.code).toBe('bad_passkey')
    const huge = { ...answer, response: { ...answer.response, attestationObject: 'A'.repeat(40_000) } }
    expect((await call('POST', '/me/passkeys', { answer: huge })).body.code).toBe('invalid')
  })
})

test('an admin removes what somebody has lost, and the operator can read who did it', async () => {
  const { userId, call } = await withApp()
  expect((await call('DELETE', `/admin/users/${userId}/second-factor`)).status).toBe(403)
  const authorization = `Bearer ${await running.tokenFor('root', 'console', ['user', 'admin'])}`
  const remove = () =>
    running.api.inject({ method: 'DELETE', url: `/admin/users/${userId}/second-factor`, headers: { authorization } })
  expect([(await remove()).statusCode, (await remove()).statusCode]).toEqual([200, 404])
  expect(running.accounts.audit).toContainEqual({ event: 'second_factors_reset', userId, by: 'root' })
})

test('a user who signs in elsewhere has no password here, and no second factor', async () => {
  const call = await createCaller(running, 'external')
  expect((await call('POST', '/me/second-factor/totp', { password })).status).toBe(403)
  expect((await call('POST', '/me/passkeys/options', { password })).status).toBe(403)
})
