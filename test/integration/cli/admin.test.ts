import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type CliWorld, openCliWorld } from '../../support/cli/world.ts'

let world: CliWorld<'alice' | 'bob' | 'carol'>
beforeAll(async () => {
  world = await openCliWorld(['alice', 'bob', 'carol'])
})
afterAll(() => world.server.discard())

const audit = async (...more: readonly string[]) =>
  JSON.parse((await world.cli('admin', 'audit', '--json', ...more)).stdout).items

describe('backscroll admin', { timeout: 120_000 }, () => {
  it('shows what operators have done, as a table and as JSON', async () => {
    expect(await world.cli('admin', 'audit')).toMatchObject({ code: 0, stdout: 'No admin has done anything yet.\n' })
    await world.cli('views', 'rebuild', 'timeline')
    await world.users.bob('GET', '/me')
    const listed = await world.cli('accounts', 'devices', '--user', 'bob', '--json')
    const [{ deviceId }] = JSON.parse(listed.stdout).devices
    expect(await world.cli('accounts', 'revoke-device', deviceId, '--user', 'bob')).toMatchObject({ code: 0 })
    const by = { userId: 'backscroll-operator', deviceId: 'cli' }
    const items = await audit()
    expect(items).toMatchObject([
      { by, act: 'revoke_device', userId: 'bob', deviceId },
      { by, act: 'rebuild_views', views: ['timeline'] },
    ])
    expect(await audit('--limit', '1')).toEqual(items.slice(0, 1))
    const table = await world.cli('admin', 'audit')
    expect(table).toMatchObject({ code: 0, stdout: expect.stringMatching(/revoke_device.*bob[\s\S]*rebuild_views/) })
  })

  it('finds a user, shows the account, deactivates it for a time and reactivates it', async () => {
    await world.users.alice('GET', '/me')
    const json = async (...args: readonly string[]) => JSON.parse((await world.cli('admin', ...args, '--json')).stdout)
    expect((await json('find', 'ali')).items).toMatchObject([{ userId: 'alice', status: 'active' }])
    expect(await world.cli('admin', 'find', 'nobody')).toMatchObject({ code: 1, stdout: 'Nobody was found.\n' })
    const closed = await json('deactivate', 'alice', '--for', '7d', '--reason', 'spam')
    expect(closed).toMatchObject({ status: 'deactivated', deactivation: { by: 'admin', reason: 'spam' } })
    expect(closed.deactivation.until).toBeGreaterThan(Date.now() + 6 * 86_400_000)
    expect((await world.users.alice('GET', '/me')).status).toBe(401)
    expect((await world.cli('admin', 'show', 'alice')).stdout).toMatch(/deactivated by an admin until .*\(spam\)/)
    expect(await json('reactivate', 'alice')).toMatchObject({ status: 'active', deactivation: null })
    expect((await world.users.alice('GET', '/me')).status).toBe(200)
    const [{ deviceId }] = (await json('show', 'alice')).devices
    const { devices } = await json('revoke-device', 'alice', deviceId, '--reason', 'security')
    expect(devices).toMatchObject([{ deviceId, revokedAt: expect.any(Number) }])
    expect(await world.cli('admin', 'show', 'nobody')).toMatchObject({ code: 78 })
    expect(await world.cli('admin', 'deactivate', 'alice', '--reason', 'mood')).toMatchObject({ code: 2 })
  })

  it('handles reports, and shows feedback', async () => {
    const { carol } = world.users
    const reportId = randomUUID()
    const report = {
      reportId,
      about: { kind: 'user', userId: 'carol' },
      reason: 'threat',
      note: 'it\u2028says \u202eno',
    }
    expect((await carol('POST', '/reports', report)).status).toBe(200)
    expect((await carol('POST', '/feedback', { feedbackId: reportId, text: 'well\nmade' })).status).toBe(200)
    const listed = await world.cli('admin', 'reports')
    expect(listed).toMatchObject({ code: 1, stdout: expect.stringContaining(reportId) })
    expect(listed.stdout).not.toContain('says')
    expect((await world.cli('admin', 'report', reportId)).stdout).toContain('says')
    expect(await world.cli('admin', 'claim', reportId)).toMatchObject({ code: 0 })
    expect(await world.cli('admin', 'reports')).toMatchObject({ code: 0, stdout: 'There are none.\n' })
    expect(await world.cli('admin', 'resolve', reportId)).toMatchObject({ code: 2 })
    expect(await world.cli('admin', 'resolve', reportId, '--outcome', 'dismissed')).toMatchObject({ code: 0 })
    const resolved = JSON.parse((await world.cli('admin', 'reports', '--status', 'resolved', '--json')).stdout)
    expect(resolved.items).toMatchObject([{ reportId, outcome: 'dismissed', handledBy: 'backscroll-operator' }])
    expect((await world.cli('admin', 'feedback')).stdout).toContain('well')
    expect(await world.cli('admin', 'report', 'nothing')).toMatchObject({ code: 78 })
  })

  it('gives a role and takes it, and the audit says so', async () => {
    const body = JSON.stringify({ login: 'rita@example.org', password: 'correct horse' })
    const headers = { 'content-type': 'application/json' }
    const registered = await fetch(`${world.server.url}/accounts`, { method: 'POST', headers, body })
    const { userId } = (await registered.json()) as { userId: string }
    const json = async (...args: readonly string[]) => JSON.parse((await world.cli('admin', ...args, '--json')).stdout)
    expect((await json('grant-role', userId, 'analyst', '--reason', 'requested')).roles).toEqual(['user', 'analyst'])
    expect((await json('grant-role', userId, 'analyst')).roles).toEqual(['user', 'analyst'])
    expect((await json('revoke-role', userId, 'analyst')).roles).toEqual(['user'])
    expect(await world.cli('admin', 'grant-role', userId, 'moderator')).toMatchObject({ code: 2 })
    // The roles of other issuers' users are set there.
    expect(await world.cli('admin', 'grant-role', 'carol', 'admin')).toMatchObject({ code: 78 })
    expect(await audit('--limit', '3')).toMatchObject([
      { act: 'set_roles', userId, roles: ['user'] },
      { act: 'set_roles', userId, roles: ['user', 'analyst'] },
      { act: 'set_roles', userId, roles: ['user', 'analyst'], reason: 'requested' },
    ])
  })

  it('erases an account for good, and the audit says so', async () => {
    await world.users.bob('GET', '/me')
    expect(await world.cli('admin', 'erase', 'bob', '--reason', 'requested')).toMatchObject({ code: 0 })
    expect((await world.users.bob('GET', '/me')).status).toBe(401)
    expect(await world.cli('admin', 'erase', 'nobody')).toMatchObject({ code: 78 })
    expect(await audit('--limit', '1')).toMatchObject([{ act: 'erase_user', userId: 'bob', reason: 'requested' }])
  })

  it('shows what waits where, as tables and as JSON', async () => {
    const { stdout, code } = await world.cli('admin', 'queues')
    expect(code).toBe(0)
    for (const words of ['positions that views are behind', 'uploads in progress', 'unread bytes', 'stored_bytes'])
      expect(stdout).toContain(words)
    const report = JSON.parse((await world.cli('admin', 'queues', '--json')).stdout)
    expect(report).toMatchObject({
      views: { parkedStreams: 0 },
      reactions: { parkedStreams: 0 },
      push: [],
      files: { uploads: 0 },
      processes: [{ processId: 'this', connections: 0 }],
    })
  })

  it('refuses a limit that is not a number', async () => {
    expect(await world.cli('admin', 'audit', '--limit', 'all')).toMatchObject({ code: 2 })
  })
})
