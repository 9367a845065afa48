import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createCaller, type RunningApi, startApi } from '../../support/api/harness.ts'

let running: RunningApi
beforeAll(async () => {
  running = await startApi()
})
afterAll(() => running.close())

let people = 0
const register = async (changes: object = {}) => {
  people += 1
  const login = `person-${people}@example.org`
  const payload = { login, password: 'correct horse', displayName: 'A. Person', ...changes }
  const response = await running.api.inject({ method: 'POST', url: '/accounts', payload })
  return { status: response.statusCode, body: response.json(), login }
}

/** Registers, and gives the caller a device without keys, as the operator's token does. */
const person = async (device = 'phone') => {
  const { body, login } = await register()
  await running.accounts.store.provision([{ userId: body.userId, deviceId: device, at: Date.now() }])
  return { userId: body.userId as string, login, call: await createCaller(running, body.userId, device) }
}

const signIn = (login: string, password = 'correct horse') =>
  running.accounts.signIn.signIn(login, password, { address: '192.0.2.1' })

describe('registration', () => {
  test('makes an account that can sign in, whatever the case of the login name', async () => {
    const { status, body, login } = await register()
    expect(status).toBe(200)
    expect(await signIn(` ${login.toUpperCase()} `)).toEqual({
      kind: 'signed_in',
      userId: body.userId,
      roles: ['user'],
    })
  })

  test('makes the user id: nobody chooses one that is to be somebody else', async () => {
    const { status, body } = await register({ userId: 'ops' })
    expect([status, body.code]).toEqual([400, 'invalid'])
    expect((await register()).body.userId).toMatch(/^[0-9a-f-]{36}$/)
  })

  test('takes a login name once, however it is written', async () => {
    const { login } = await register()
    expect((await register({ login: login.toUpperCase() })).body.code).toBe('account_exists')
    expect((await register({ login: `\uff50${login.slice(1)}` })).body.code).toBe('account_exists')
  })

  test('says what is wrong with a login name or a password, and repeats neither', async () => {
    for (const [changes, field] of [
      [{ login: 'a b' }, 'login'],
      [{ login: 'x' }, 'login'],
      [{ login: 'p\u0430ypal@example.org' }, 'login'],
      [{ login: 'in\u200bvisible' }, 'login'],
      [{ password: 'short' }, 'password'],
      [{ login: 'same-same@example.org', password: 'SAME-same@example.org' }, 'password'],
    ] as const) {
      const { status, body } = await register(changes)
      expect([status, body.code, body.details.field]).toEqual([400, 'invalid', field])
      expect(JSON.stringify(body)).not.toContain('short')
    }
  })

  test('is refused where people do not register themselves', async () => {
    const closed = await startApi({}, {}, { settings: { registration: false } })
    const payload = { login: 'somebody@example.org', password: 'correct horse' }
    const response = await closed.api.inject({ method: 'POST', url: '/accounts', payload })
    expect([response.statusCode, response.json().code]).toEqual([403, 'registration_closed'])
    await closed.close()
  })

  test('is limited by address [T7]', async () => {
    const limited = await startApi({}, {}, { settings: { registrationsPerHour: 2 } })
    const codes: number[] = []
    for (const name of ['one', 'two', 'three']) {
      const payload = { login: `${name}@example.org`, password: 'correct horse' }
      codes.push((await limited.api.inject({ method: 'POST', url: '/accounts', payload })).statusCode)
    }
    expect(codes).toEqual([200, 200, 429])
    await limited.close()
  })

  test('never writes a password to the log', async () => {
    await register({ password: 'a very secret password' })
    expect(running.lines.join('')).not.toContain('a very secret password')
  })
})

describe('signing in', () => {
  test('tells an unknown login name from a wrong password to nobody', async () => {
    const { login } = await register()
    expect(await signIn(login, 'wrong')).toEqual({ kind: 'wrong' })
    expect(await signIn('nobody@example.org')).toEqual({ kind: 'wrong' })
    expect(await signIn('')).toEqual({ kind: 'wrong' })
  })

  test('is limited by login name and address', async () => {
    const limited = await startApi({}, {}, { settings: { signInsPerMinute: 2 } })
    const attempt = (login: string, from: string) =>
      limited.accounts.signIn.signIn(login, 'guess', { address: from }).then(
        ({ kind }) => kind,
        (error) => error.code,
      )
    const same = [await attempt('a@b', '1'), await attempt('a@b', '1'), await attempt('a@b', '1')]
    expect(same).toEqual(['wrong', 'wrong', 'rate_limited'])
    const others: string[] = []
    for (let index = 0; index < 12; index += 1) others.push(await attempt('a@b', `from-${index}`))
    expect(others.at(-1)).toBe('rate_limited')
    await limited.close()
  })
})

describe('the own account', () => {
  test('holds profile, privacy and settings, changed field by field', async () => {
    const { call, userId, login } = await person()
    expect((await call('GET', '/me')).body).toMatchObject({
      userId,
      deviceId: 'phone',
      login,
      displayName: 'A. Person',
      privacy: { online: 'contacts', lastSeen: 'contacts', readReceipts: true, findableByLogin: true },
      settings: {},
      identityKey: null,
    })
    await call('PATCH', '/me', { about: 'here', privacy: { readReceipts: false } })
    const changed = await call('PATCH', '/me', { settings: { theme: 'dark' }, displayName: null })
    expect(changed.body).toMatchObject({
      displayName: null,
      about: 'here',
      privacy: { online: 'contacts', lastSeen: 'contacts', readReceipts: false, findableByLogin: true },
      settings: { theme: 'dark' },
    })
    expect((await call('PATCH', '/me', { settings: { big: 'x'.repeat(20_000) } })).body.details.field).toBe('settings')
  })

  test('shows others the profile alone', async () => {
    const { userId } = await person()
    const bob = await createCaller(running, 'bob')
    expect((await bob('GET', `/users/${userId}`)).body).toEqual({
      userId,
      displayName: 'A. Person',
      about: null,
      identityKey: null,
    })
    expect((await bob('GET', '/users/nobody-at-all')).status).toBe(404)
  })

  test('changes its password with the present one: this device goes on, older tokens of others are refused', async () => {
    const { call, userId, login } = await person()
    await running.accounts.store.provision([{ userId, deviceId: 'tablet', at: Date.now() }])
    const tablet = await createCaller(running, userId, 'tablet')
    const wrong = await call('POST', '/me/password', { current: 'guess', next: 'another horse' })
    expect([wrong.status, wrong.body.code]).toEqual([403, 'wrong_password'])
    // Tokens name whole seconds: the change must fall into a later one.
    await new Promise((resolve) => setTimeout(resolve, 1_050))
    expect((await call('POST', '/me/password', { current: 'correct horse', next: 'another horse' })).status).toBe(200)
    expect((await tablet('GET', '/me')).body.code).toBe('signed_out')
    expect((await call('GET', '/me')).status).toBe(200)
    const ended = running.accounts.signedOut.filter(([who]) => who === userId)
    expect(ended).toEqual([[userId, 'signed_out', 'tablet']])
    expect(await signIn(login)).toEqual({ kind: 'wrong' })
    expect(await signIn(login, 'another horse')).toMatchObject({ kind: 'signed_in' })
    const again = await createCaller(running, userId)
    expect((await again('GET', '/me')).status).toBe(200)
  })

  test('is locked with the password, and says so to one who knows it', async () => {
    const { call, userId, login } = await person()
    expect((await call('POST', '/me/deactivation', { password: 'guess' })).status).toBe(403)
    expect((await call('POST', '/me/deactivation', { password: 'correct horse' })).status).toBe(200)
    expect((await call('GET', '/me')).status).toBe(401)
    expect(await signIn(login)).toEqual({ kind: 'deactivated' })
    expect(await signIn(login, 'guess')).toEqual({ kind: 'wrong' })
    const events = await running.log.readStream({ stream: `user-${userId}`, limit: 10 })
    expect(events.map(({ type }) => type)).toEqual(['UserDeactivated'])
  })

  test('is erased with the password: nothing of it is left, and tokens of the id are refused for good', async () => {
    const { call, userId, login } = await person()
    expect((await call('POST', '/me/erasure', { password: 'correct horse' })).status).toBe(200)
    expect((await call('GET', '/me')).status).toBe(401)
    const other = await createCaller(running, userId, 'another-device')
    expect((await other('GET', '/inbox')).status).toBe(401)
    expect(await signIn(login)).toEqual({ kind: 'wrong' })
    const events = await running.log.readStream({ stream: `user-${userId}`, limit: 10 })
    expect(events.map(({ type, data, userId: by }) => [type, data, by])).toEqual([['UserErased', '{}', userId]])
  })
})

describe('administration', () => {
  const admin = async () => {
    const authorization = `Bearer ${await running.tokenFor('root', 'console', ['user', 'admin'])}`
    return async (method: 'PUT' | 'POST' | 'DELETE', url: string, payload?: object) => {
      const response = await running.api.inject({
        method,
        url,
        headers: { authorization },
        ...(payload && { payload }),
      })
      return response.statusCode
    }
  }

  test('needs the role admin', async () => {
    const { call, userId } = await person()
    expect((await call('PUT', `/admin/users/${userId}/roles`, { roles: ['admin'] })).status).toBe(403)
    expect((await call('DELETE', `/admin/users/${userId}`)).status).toBe(403)
  })

  test('gives roles, which a token can use only as long as the account has them', async () => {
    const { userId } = await person()
    const asAdmin = await admin()
    const authorization = `Bearer ${await running.tokenFor(userId, 'phone', ['user', 'admin'])}`
    const roles = async () =>
      (await running.api.inject({ method: 'GET', url: '/me', headers: { authorization } })).json().roles
    expect(await roles()).toEqual(['user'])
    expect(await asAdmin('PUT', `/admin/users/${userId}/roles`, { roles: ['admin'] })).toBe(200)
    expect(await roles()).toEqual(['user', 'admin'])
    const other = await person()
    await asAdmin('PUT', `/admin/users/${other.userId}/roles`, { roles: ['admin'] })
    await asAdmin('PUT', `/admin/users/${userId}/roles`, { roles: [] })
    expect(await roles()).toEqual(['user'])
    expect(await asAdmin('PUT', '/admin/users/nobody/roles', { roles: [] })).toBe(404)
  })

  test('gives none to those whose tokens come from elsewhere and say them', async () => {
    await (await createCaller(running, 'eve'))('GET', '/me')
    const root = await createCaller(running, 'root', 'console', undefined, ['user', 'admin'])
    expect((await root('PUT', '/admin/users/eve/roles', { roles: ['admin'] })).code).toBe('roles_elsewhere')
  })

  test('never leaves the server without an admin, whoever asks and in whatever way', async () => {
    const alone = await startApi()
    const made = await alone.api.inject({
      method: 'POST',
      url: '/accounts',
      payload: { login: 'ada@example.org', password: 'correct horse' },
    })
    const { userId } = made.json()
    await alone.accounts.store.provision([{ userId, deviceId: 'phone', at: Date.now() }])
    await alone.accounts.store.change(userId, { roles: ['user', 'admin'] })
    const ada = await createCaller(alone, userId, 'phone', undefined, ['user', 'admin'])
    const root = await createCaller(alone, 'root', 'console', undefined, ['user', 'admin'])
    const password = 'correct horse'
    const answers = [
      await ada('PUT', `/admin/users/${userId}/roles`, { roles: ['user'] }),
      await ada('POST', `/admin/users/${userId}/deactivation`),
      await root('DELETE', `/admin/users/${userId}`),
      await ada('POST', '/me/deactivation', { password }),
      await ada('POST', '/me/erasure', { password }),
    ]
    expect(answers.map(({ status, code }) => [status, code])).toEqual(answers.map(() => [409, 'last_admin']))
    expect((await ada('GET', '/me')).body.roles).toEqual(['user', 'admin'])
    expect(await alone.log.head()).toBe(0n)
    await alone.close()
  })

  test('locks, unlocks and erases', async () => {
    const { call, userId } = await person()
    const asAdmin = await admin()
    expect(await asAdmin('POST', `/admin/users/${userId}/deactivation`)).toBe(200)
    expect((await call('GET', '/me')).status).toBe(401)
    expect(await asAdmin('DELETE', `/admin/users/${userId}/deactivation`)).toBe(200)
    expect((await call('GET', '/me')).status).toBe(200)
    expect(await asAdmin('DELETE', `/admin/users/${userId}`)).toBe(200)
    expect((await call('GET', '/me')).status).toBe(401)
    expect(await asAdmin('DELETE', `/admin/users/${userId}`)).toBe(404)
    const events = await running.log.readStream({ stream: `user-${userId}`, limit: 10 })
    expect(events.map(({ type, userId: by }) => [type, by])).toEqual([
      ['UserDeactivated', ''],
      ['UserReactivated', ''],
      ['UserErased', ''],
    ])
  })
})
