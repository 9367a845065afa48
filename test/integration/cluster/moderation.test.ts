import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { issueToken } from '../../../src/identity/tokens/issue-token.ts'
import { createLocalKeys } from '../../../src/identity/tokens/keys/local-keys.ts'
import type { UserRole } from '../../../src/ports/identity/access.ts'
import { type MemoryCluster, openMemoryCluster } from '../../support/cluster/memory-cluster.ts'
import { callerOf } from '../../support/server/rest.ts'
import { openSocket } from '../../support/server/socket.ts'

let cluster: MemoryCluster
let fronts: readonly string[]
beforeEach(async () => {
  cluster = await openMemoryCluster({}, 2)
  await cluster.start(['relay', 'projector'])
  const two = [await cluster.start(['api', 'gateway']), await cluster.start(['api', 'gateway'])]
  fronts = two.map(({ url }) => url)
})
afterEach(() => cluster.close())

const tokenOf = async (user: string, roles: readonly UserRole[] = ['user']) => {
  const keys = await createLocalKeys(join(cluster.directory, 'keys'))
  return issueToken({ keys, issuer: 'backscroll', audience: 'backscroll' }, { user, device: 'phone', roles, ttl: 3600 })
}

const at = async (front: number, user: string, roles?: readonly UserRole[]) =>
  callerOf(fronts[front] ?? '', await tokenOf(user, roles))

describe('moderation in a cluster of two logs', { timeout: 60_000 }, () => {
  it('deactivates an account at all processes, shows the act at each, and does not stop the views', async () => {
    const here = await at(0, 'ada', ['user', 'admin'])
    const there = await at(1, 'ada', ['user', 'admin'])
    const mallory = await at(1, 'mallory')
    expect((await mallory('GET', '/me')).status).toBe(200)
    const socket = await openSocket(`${fronts[1]?.replace('http', 'ws')}/ws`, await tokenOf('mallory'), 'phone')
    expect((await socket.connect())?.type).toBe('reply')
    const until = Date.now() + 3_600_000
    const path = `/admin/users/mallory/deactivation?reason=spam&until=${until}`
    expect((await here('POST', path)).status).toBe(200)
    expect(await socket.closed()).toBe(4505)
    expect((await mallory('GET', '/me')).status).toBe(401)
    const { items } = (await there('GET', '/admin/audit')).json
    expect(items).toMatchObject([{ act: 'deactivate_user', userId: 'mallory', until, reason: 'spam' }])
    await expect
      .poll(async () => (await there('GET', '/admin/views')).json.views[0].behind, { timeout: 20_000 })
      .toBe('0')
    expect((await there('GET', '/admin/views')).json.parkedCount).toBe(0)
  })

  it('shows at each process what waits, and how much every process has to do', async () => {
    const socket = await openSocket(`${fronts[1]?.replace('http', 'ws')}/ws`, await tokenOf('olga'), 'phone')
    expect((await socket.connect())?.type).toBe('reply')
    const vera = await at(1, 'vera')
    const report = { reportId: randomUUID(), about: { kind: 'user', userId: 'vera' }, reason: 'other' }
    expect((await vera('POST', '/reports', report)).status).toBe(200)
    for (const front of [0, 1]) {
      const { status, json } = await (await at(front, 'ada', ['user', 'admin']))('GET', '/admin/queues')
      expect([status, json.reports, json.views.parkedStreams]).toEqual([200, { open: 1, claimed: 0 }, 0])
      const seen = json.processes.map((one: { roles: string[]; connections: number }) => [one.roles, one.connections])
      expect(seen).toHaveLength(3)
      expect(seen).toEqual(
        expect.arrayContaining([
          [['relay', 'projector'], 0],
          [['api', 'gateway'], 0],
          [['api', 'gateway'], 1],
        ]),
      )
    }
  })

  it('limits the reports of a device over all processes, and lists each report once', async () => {
    const root = await at(0, 'ada', ['user', 'admin'])
    expect((await root('GET', '/me')).status).toBe(200)
    const callers = [await at(0, 'vera'), await at(1, 'vera')]
    const statuses: number[] = []
    for (let time = 0; time < 14; time += 1) {
      const report = { reportId: randomUUID(), about: { kind: 'user', userId: 'ada' }, reason: 'other' }
      statuses.push((await callers[time % 2]?.('POST', '/reports', report))?.status ?? 0)
    }
    expect(statuses).toEqual([...Array<number>(10).fill(200), ...Array<number>(4).fill(429)])
    expect((await root('GET', '/admin/reports')).json.items).toHaveLength(10)
  })
})
