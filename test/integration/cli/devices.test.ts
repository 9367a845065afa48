import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type CliWorld, openCliWorld } from '../../support/cli/world.ts'
import { restOf } from '../../support/server/rest.ts'

let world: CliWorld<never>
beforeEach(async () => {
  world = await openCliWorld([])
})
afterEach(() => world.server.discard())

const accounts = (...args: readonly string[]) => world.cli('accounts', ...args)
const restIn = (user: string, device?: string) => restOf(world.server.url, world.tokens, user, device)
const devicesOf = async (user: string) => JSON.parse((await accounts('devices', '--user', user, '--json')).stdout)

describe('An operator', { timeout: 120_000 }, () => {
  it('lists the devices of somebody and revokes one, whose tokens are refused from then on', async () => {
    const [phone, laptop] = [await restIn('ann'), await restIn('ann', 'laptop')]
    for (const one of [phone, laptop]) expect((await one('GET', '/devices')).status).toBe(200)
    const before = await devicesOf('ann')
    expect(before.devices.map(({ deviceId }: { deviceId: string }) => deviceId).sort()).toEqual(['laptop', 'phone'])
    const table = await accounts('devices', '--user', 'ann')
    expect([table.code, table.stdout]).toEqual([0, expect.stringMatching(/laptop.*has no key yet/)])

    const revoked = await accounts('revoke-device', '--user', 'ann', 'laptop')
    expect(revoked).toMatchObject({ code: 0, stdout: 'laptop of ann is revoked\n' })
    expect((await laptop('GET', '/devices')).status).toBe(401)
    expect((await phone('GET', '/devices')).status).toBe(200)
    expect((await accounts('devices', '--user', 'ann')).stdout).toMatch(/laptop.*revoked/)
  })

  it('is told when there is no such account or device, or which one is meant is not clear', async () => {
    await (await restIn('ann'))('GET', '/me')
    for (const [args, code, reason] of [
      [['devices', '--user', 'nobody'], 78, 'no such account'],
      [['devices', '--login', 'nobody'], 78, 'no such account'],
      [['devices'], 2, 'either --login or --user'],
      [['revoke-device', '--user', 'ann', 'tablet'], 78, 'refused (404)'],
    ] as const)
      expect(await accounts(...args)).toMatchObject({ code, stderr: expect.stringContaining(reason) })
    await world.server.stop('SIGTERM')
    expect(await accounts('revoke-device', '--user', 'ann', 'phone')).toMatchObject({
      code: 78,
      stderr: expect.stringContaining('No server answers'),
    })
  })
})
