import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type CliWorld, openCliWorld } from '../../support/cli/world.ts'

let world: CliWorld<'alice' | 'bob'>
beforeAll(async () => {
  world = await openCliWorld(['alice', 'bob'])
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

  it('refuses a limit that is no number', async () => {
    expect(await world.cli('admin', 'audit', '--limit', 'all')).toMatchObject({ code: 2 })
  })
})
