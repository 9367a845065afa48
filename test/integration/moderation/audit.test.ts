import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Caller, createCaller, type RunningApi, startApi } from '../../support/api/harness.ts'

let running: RunningApi
let root: Caller
beforeAll(async () => {
  running = await startApi()
  root = await createCaller(running, 'root', 'console', undefined, ['user', 'admin'])
})
afterAll(() => running.close())

let people = 0
const person = async () => {
  people += 1
  const login = `audited-${people}@example.org`
  const payload = { login, password: 'correct horse', displayName: 'Audrey Person' }
  const { userId } = (await running.api.inject({ method: 'POST', url: '/accounts', payload })).json()
  await running.accounts.store.provision([{ userId, deviceId: 'phone', at: Date.now() }])
  return userId as string
}

const newest = async (limit: number) => (await root('GET', `/admin/audit?limit=${limit}`)).body.items
const by = { userId: 'root', deviceId: 'console' }

describe('the audit', () => {
  test('lists who did what to whom, when and why, newest first', async () => {
    const userId = await person()
    await root('PUT', `/admin/users/${userId}/roles?reason=requested`, { roles: ['analyst'] })
    await root('POST', `/admin/users/${userId}/deactivation?reason=abuse`)
    await root('DELETE', `/admin/users/${userId}/deactivation`)
    await root('DELETE', `/admin/users/${userId}/devices/phone?reason=security`)
    await root('DELETE', `/admin/users/${userId}?reason=illegal`)
    const items = await newest(5)
    expect(items).toMatchObject([
      { by, act: 'erase_user', userId, reason: 'illegal' },
      { by, act: 'revoke_device', userId, deviceId: 'phone', reason: 'security' },
      { by, act: 'reactivate_user', userId },
      { by, act: 'deactivate_user', userId, reason: 'abuse' },
      { by, act: 'set_roles', userId, roles: ['user', 'analyst'], reason: 'requested' },
    ])
    expect(Math.abs(items[0].at - Date.now())).toBeLessThan(60_000)
  })

  test('records what an operator does to views and to parked work', async () => {
    await root('POST', '/admin/views/rebuild?reason=maintenance', { views: ['timeline'] })
    await root('POST', '/admin/views/retry', { stream: 'conversation-unknown' })
    await root('POST', '/admin/reactions/retry', { process: 'leave-conversations', stream: 'user-unknown' })
    await expect
      .poll(() => newest(3))
      .toMatchObject([
        { by, act: 'retry_reaction', process: 'leave-conversations', stream: 'user-unknown' },
        { by, act: 'retry_stream', stream: 'conversation-unknown' },
        { by, act: 'rebuild_views', views: ['timeline'], reason: 'maintenance' },
      ])
  })

  test('records that an admin removed a second factor', async () => {
    const userId = await person()
    const { store } = running.accounts
    expect(await store.offerTotp(userId, 'sealed')).toBe(true)
    expect((await root('DELETE', `/admin/users/${userId}/second-factor?reason=requested`)).status).toBe(200)
    expect(await newest(1)).toMatchObject([{ by, act: 'reset_second_factor', userId, reason: 'requested' }])
  })

  test('records neither refused requests nor what users do themselves', async () => {
    const userId = await person()
    const before = await newest(1)
    await root('POST', '/admin/users/nobody/deactivation')
    await root('DELETE', `/admin/users/${userId}/devices/unknown`)
    await root('DELETE', `/admin/users/${userId}?reason=because+I+say+so`)
    await (await createCaller(running, userId))('DELETE', '/devices/phone')
    expect(await newest(1)).toEqual(before)
  })

  test('contains no name, login or text of any user in the log', async () => {
    const userId = await person()
    await root('DELETE', `/admin/users/${userId}?reason=requested`)
    const events = await running.log.readStream({ stream: 'audit-acts', limit: 1_000 })
    expect(events.length).toBeGreaterThan(0)
    expect(JSON.stringify(events.map(({ data, body }) => [data, body]))).not.toMatch(/audrey|example\.org|horse/i)
  })

  test('is paged back to its first entry, each entry once', async () => {
    const all = (await newest(200)).map(({ id }: { id: string }) => id)
    const paged: string[] = []
    let cursor: string | undefined
    do {
      const { body } = await root('GET', `/admin/audit?limit=2${cursor === undefined ? '' : `&cursor=${cursor}`}`)
      paged.push(...body.items.map(({ id }: { id: string }) => id))
      cursor = body.cursor
    } while (cursor !== undefined)
    expect(paged).toEqual(all)
    expect(new Set(paged).size).toBe(paged.length)
    expect((await root('GET', '/admin/audit?cursor=AAAA')).code).toBe('bad_cursor')
  })

  test('reaches no device and no view, and the views continue after it', async () => {
    const { watermark, log } = running
    await root('POST', '/admin/views/rebuild', { views: ['timeline'] })
    await expect.poll(async () => watermark.current()[0] === (await log.head())).toBe(true)
    const parked = (await root('GET', '/admin/views')).body.parkedCount
    expect(parked).toBe(0)
  })
})
