import { createHash, randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createCaller, type RunningApi, startApi } from '../../support/api/harness.ts'

let running: RunningApi
beforeAll(async () => {
  running = await startApi()
})
afterAll(() => running.close())

let people = 0
const person = async () => {
  people += 1
  const payload = { login: `person-${people}@example.org`, password: 'correct horse' }
  const { userId } = (await running.api.inject({ method: 'POST', url: '/accounts', payload })).json()
  await running.accounts.store.provision([{ userId, deviceId: 'phone', at: Date.now() }])
  return { userId: userId as string, call: await createCaller(running, userId) }
}
type Person = Awaited<ReturnType<typeof person>>

const newToken = () => {
  const token = randomBytes(32)
  return {
    token: token.toString('base64url'),
    inviteId: createHash('sha256').update(token).digest('base64url'),
  }
}
const invite = async ({ call }: Person, limits: object = {}) => {
  const { token, inviteId } = newToken()
  const { status, body } = await call('POST', '/invites', { inviteId, ...limits })
  expect(status).toBe(200)
  return { token, inviteId, body }
}
const redeem = ({ call }: Person, token: string) => call('POST', '/invites/redeem', { token })

describe('invites', () => {
  test('name their maker to as many people as they are for, are listed, and can be taken back', async () => {
    const [alice, bob, carol] = [await person(), await person(), await person()]
    const { token, inviteId, body } = await invite(alice)
    expect(body).toMatchObject({ inviteId, uses: 0, maxUses: 1 })
    expect(body.expiresAt - body.createdAt).toBe(7 * 86_400_000)
    expect((await redeem(bob, token)).body).toEqual({ userId: alice.userId })
    expect((await redeem(bob, token)).body).toEqual({ userId: alice.userId })
    expect((await redeem(carol, token)).code).toBe('not_found')
    expect((await alice.call('GET', '/invites')).body.items).toMatchObject([{ inviteId, uses: 1 }])
    expect((await bob.call('GET', '/invites')).body.items).toEqual([])
    expect((await bob.call('DELETE', `/invites/${inviteId}`)).code).toBe('not_found')
    expect((await alice.call('DELETE', `/invites/${inviteId}`)).status).toBe(200)
    expect((await redeem(bob, token)).code).toBe('not_found')
  })

  test('the store holds what nobody can use: the hash, and no token', async () => {
    const [alice, bob] = [await person(), await person()]
    const { token, inviteId } = await invite(alice)
    expect(JSON.stringify(await running.accounts.store.invitesOf(alice.userId, Date.now()))).not.toContain(token)
    expect((await redeem(bob, inviteId)).code).toBe('not_found')
  })

  test('are none for their maker, for the blocked, and of somebody who is locked', async () => {
    const [alice, bob] = [await person(), await person()]
    const { token } = await invite(alice, { maxUses: 5 })
    expect((await redeem(alice, token)).code).toBe('not_found')
    await alice.call('PUT', `/blocks/${bob.userId}`)
    expect((await redeem(bob, token)).code).toBe('not_found')
    await alice.call('DELETE', `/blocks/${bob.userId}`)
    expect((await redeem(bob, token)).status).toBe(200)
    await alice.call('POST', '/me/deactivation', { password: 'correct horse' })
    expect((await redeem(bob, token)).code).toBe('not_found')
  })

  test('a user has a hundred at most, and makes sixty an hour', async () => {
    const alice = await person()
    for (let number = 0; number < 60; number += 1) await invite(alice)
    expect((await alice.call('POST', '/invites', { inviteId: newToken().inviteId })).code).toBe('rate_limited')
    const bob = await person()
    const stored = {
      userId: bob.userId,
      createdAt: Date.now(),
      expiresAt: Date.now() + 86_400_000,
      uses: 0,
      maxUses: 1,
    }
    for (let number = 0; number < 100; number += 1)
      await running.accounts.store.putInvite({ ...stored, inviteId: newToken().inviteId }, 100)
    expect((await bob.call('POST', '/invites', { inviteId: newToken().inviteId })).code).toBe('invite_limit')
  })

  test('bad bodies are refused', async () => {
    const { call } = await person()
    const { inviteId } = newToken()
    for (const body of [
      {},
      { inviteId: 'short' },
      { inviteId, maxUses: 0 },
      { inviteId, maxUses: 1001 },
      { inviteId, expiresInSeconds: 59 },
      { inviteId, expiresInSeconds: 1e9 },
      { inviteId, token: inviteId },
    ])
      expect((await call('POST', '/invites', body)).code).toBe('invalid')
    expect((await call('POST', '/invites/redeem', { token: '' })).code).toBe('invalid')
    expect((await running.api.inject({ method: 'POST', url: '/invites/redeem', payload: {} })).statusCode).toBe(401)
  })

  test('the page of a link needs no token, runs nothing, loads nothing and leads nowhere', async () => {
    const page = await running.api.inject({ method: 'GET', url: '/invite' })
    expect(page.statusCode).toBe(200)
    expect(page.headers['content-type']).toBe('text/html; charset=utf-8')
    expect(page.headers['content-security-policy']).toMatch(/^default-src 'none';/)
    expect(page.headers['referrer-policy']).toBe('no-referrer')
    expect(page.body).not.toMatch(/<script|<form|<a |<img|<link|<iframe|style=|https?:\/\//i)
  })
})
