import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { startCli } from '../support/cli-process.ts'
import { openServer, type ServerProcess } from '../support/server-process.ts'
import { restOf } from '../support/server-rest.ts'
import { openTokens, type Tokens } from '../support/server-tokens.ts'

let server: ServerProcess
let tokens: Tokens
beforeEach(async () => {
  server = await openServer()
  await server.start()
  tokens = await openTokens(server.directory)
})
afterEach(() => server.discard())

const accounts = (...args: readonly string[]) =>
  startCli(['accounts', ...args], { BACKSCROLL_DATA: server.directory, BACKSCROLL_PORT: new URL(server.url).port })
    .ended
const devicesOf = async (user: string) => JSON.parse((await accounts('devices', '--user', user, '--json')).stdout)

describe('An operator', { timeout: 120_000 }, () => {
  it('lists the devices of somebody and revokes one, whose tokens are refused from then on', async () => {
    const [phone, laptop] = [await restOf(server.url, tokens, 'ann'), await restOf(server.url, tokens, 'ann', 'laptop')]
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
    await (await restOf(server.url, tokens, 'ann'))('GET', '/me')
    for (const [args, reason] of [
      [['devices', '--user', 'nobody'], 'no such account'],
      [['devices', '--login', 'nobody'], 'no such account'],
      [['devices'], 'either --login or --user'],
      [['revoke-device', '--user', 'ann', 'tablet'], 'refused (404)'],
    ] as const)
      expect(await accounts(...args)).toMatchObject({ code: 78, stderr: expect.stringContaining(reason) })
    await server.stop('SIGTERM')
    expect(await accounts('revoke-device', '--user', 'ann', 'phone')).toMatchObject({
      code: 78,
      stderr: expect.stringContaining('No server answers'),
    })
  })
})
