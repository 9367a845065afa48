import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startDirect } from '../../support/api/conversations.ts'
import { type Caller, createCaller, type RunningApi, startApi } from '../../support/api/harness.ts'

let running: RunningApi
let root: Caller
let ahead = 0
beforeAll(async () => {
  running = await startApi({}, {}, { now: () => Date.now() + ahead })
  root = await createCaller(running, 'root', 'console', undefined, ['user', 'admin'])
})
afterAll(() => running.close())

const person = async (login: string) => {
  const payload = { login, password: 'correct horse', displayName: 'A. Person' }
  const { userId } = (await running.api.inject({ method: 'POST', url: '/accounts', payload })).json()
  await running.accounts.store.provision([{ userId, deviceId: 'phone', at: Date.now() }])
  return { userId: userId as string, call: await createCaller(running, userId, 'phone') }
}

const search = async (wanted: object) => (await root('POST', '/admin/users/search', wanted)).body
const idsOf = ({ items }: { readonly items: readonly { readonly userId: string }[] }) =>
  items.map(({ userId }) => userId)
const hour = 3_600_000

describe('admins', () => {
  test('find users by login name in any spelling, or by its beginning, page by page', async () => {
    const made = await Promise.all(['pia@find.org', 'pim@find.org', 'pip@find.org'].map(person))
    const ids = made.map(({ userId }) => userId)
    expect(idsOf(await search({ login: ' PIM@find.org' }))).toEqual([ids[1]])
    expect(idsOf(await search({ prefix: 'pi' })).sort()).toEqual([...ids].sort())
    const first = await search({ prefix: 'pi', limit: 2 })
    const second = await search({ prefix: 'pi', limit: 2, cursor: first.cursor })
    expect([...idsOf(first), ...idsOf(second)]).toEqual([...ids].sort())
    expect(second.cursor).toBeUndefined()
    expect((await search({ prefix: 'pia', cursor: first.cursor })).code).toBe('bad_cursor')
    expect(idsOf(await search({ login: 'nobody@find.org' }))).toEqual([])
  })

  test('see the state of an account, but neither profile nor content', async () => {
    const { userId, call } = await person('sam@show.org')
    await startDirect(call, userId, 'tom')
    await call('PUT', '/blocks/tom')
    await expect
      .poll(async () => (await root('GET', `/admin/users/${userId}`)).body)
      .toMatchObject({
        ...{ userId, login: 'sam@show.org', origin: 'local', status: 'active', deactivation: null, roles: ['user'] },
        devices: [{ deviceId: 'phone', revokedAt: null, hasKey: false }],
        ...{ conversations: 1, requests: 0, blocks: 1 },
        storedBytes: { perHour: expect.any(Number) },
      })
    const { text } = await root('GET', `/admin/users/${userId}`)
    expect(text).not.toMatch(/tom|A\. Person|hash|settings/)
    expect((await root('GET', '/admin/users/nobody')).status).toBe(404)
  })

  test('deactivate for a limited time, with audit entries and events for the start and the end', async () => {
    const { userId, call } = await person('tim@time.org')
    const until = Date.now() + hour
    const path = `/admin/users/${userId}/deactivation?reason=spam&until=${until}`
    expect((await root('POST', path)).status).toBe(200)
    expect((await call('GET', '/me')).code).toBe('account_deactivated')
    const { deactivation } = (await root('GET', `/admin/users/${userId}`)).body
    expect(deactivation).toMatchObject({ by: 'admin', until, reason: 'spam' })
    await running.accounts.administration.endDeactivations()
    expect((await call('GET', '/me')).code).toBe('account_deactivated')
    ahead = hour + 1
    await running.accounts.administration.endDeactivations()
    ahead = 0
    expect((await call('GET', '/me')).status).toBe(200)
    const events = await running.log.readStream({ stream: `user-${userId}`, limit: 10 })
    expect(events.map(({ type }) => type)).toEqual(['UserDeactivated', 'UserReactivated'])
    const { items } = (await root('GET', '/admin/audit?limit=2')).body
    expect(items).toMatchObject([
      { act: 'reactivate_user', userId, by: null },
      { act: 'deactivate_user', userId, until, reason: 'spam' },
    ])
  })

  test('cannot set an end for a user who has left, nor an end in the past', async () => {
    const { userId, call } = await person('una@left.org')
    expect((await call('POST', '/me/deactivation', { password: 'correct horse' })).status).toBe(200)
    expect((await root('POST', `/admin/users/${userId}/deactivation?until=${Date.now() + hour / 2}`)).status).toBe(200)
    ahead = hour
    await running.accounts.administration.endDeactivations()
    ahead = 0
    expect((await root('GET', `/admin/users/${userId}`)).body).toMatchObject({
      ...{ status: 'deactivated', deactivation: { by: 'admin', until: null } },
    })
    const past = await root('POST', `/admin/users/${userId}/deactivation?until=${Date.now() - 1}`)
    expect([past.status, past.body.code, past.body.details.field]).toEqual([400, 'invalid', 'until'])
  })

  test('cannot deactivate the last admin, not even for an hour', async () => {
    const alone = await startApi()
    const payload = { login: 'ada@last.org', password: 'correct horse' }
    const { userId } = (await alone.api.inject({ method: 'POST', url: '/accounts', payload })).json()
    await alone.accounts.store.change(userId, { roles: ['user', 'admin'] })
    const other = await createCaller(alone, 'other', 'console', undefined, ['user', 'admin'])
    const answer = await other('POST', `/admin/users/${userId}/deactivation?until=${Date.now() + hour}`)
    expect([answer.status, answer.code]).toEqual([409, 'last_admin'])
    expect((await other('GET', '/admin/audit')).body.items).toEqual([])
    await alone.close()
  })
})
