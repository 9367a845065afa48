import { afterEach, describe, expect, it } from 'vitest'
import { createApprovals } from '../support/chaos/approvals.ts'
import { breachesOf, notCaughtUp } from '../support/chaos/checks.ts'
import { type ChaosDevice, openDevice } from '../support/chaos/device.ts'
import { randomOf } from '../support/chaos/steps.ts'
import { conversationsOf, logHead, readLog } from '../support/server/log.ts'
import { openServer, type ServerProcess } from '../support/server/process.ts'
import { openTokens } from '../support/server/tokens.ts'

const cleanUps: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp()
})

const env = {
  BACKSCROLL_MAX_OUTBOX_BYTES: '65536',
  // A network that stands still for a while is not taken for a dead one.
  BACKSCROLL_HEARTBEAT_MS: '60000',
  BACKSCROLL_LOG_LEVEL: 'info',
}

const begin = async () => {
  const server = await openServer({ env })
  cleanUps.push(server.discard)
  await server.start()
  const { approve, settled } = createApprovals()
  const world = {
    port: () => Number(new URL(server.url).port),
    token: await openTokens(server.directory),
    random: randomOf(1),
    logHeads: async () => [logHead(server.directory)],
    approve,
  }
  const open = async (user: string): Promise<ChaosDevice> => {
    const device = await openDevice(world, user, 'phone')
    cleanUps.push(async () => {
      await device.close()
      await device.proxy.close()
    })
    await device.start()
    await device.client()?.whenLive()
    return device
  }
  const [ann, ben] = await Promise.all([open('ann'), open('ben')])
  await settled()
  return { server, ann, ben }
}

/** Many large messages, faster than the other device gets them; between them its user is removed and added again. */
const overwhelm = async (ann: ChaosDevice) => {
  const started = ann.client()?.createGroup({ members: ['ben'] })
  if (started === undefined) throw new Error('ann is not there')
  const { conversationId, done } = started
  await done
  const send = (count: number) => {
    for (let sent = 0; sent < count; sent += 1) {
      const text = `${ann.nextText()}/${'x'.repeat(40_000)}`
      ann.give(conversationId, text, (messageId) => (client) => client.send(conversationId, { text }, { messageId }))
    }
  }
  send(200)
  ann.give(conversationId, undefined, () => (client) => client.removeMember(conversationId, 'ben'))
  send(40)
  ann.give(conversationId, undefined, () => (client) => client.addMembers(conversationId, ['ben']))
  send(100)
  const waiting = () => ann.given.filter(({ outcome }) => outcome.kind === 'waiting').length
  await expect.poll(waiting, { timeout: 60_000, interval: 250 }).toBe(0)
  expect(ann.given.filter(({ outcome }) => outcome.kind !== 'accepted')).toEqual([])
}

const hasEverything = async (server: ServerProcess, devices: readonly ChaosDevice[]): Promise<void> => {
  const missing = () => {
    const streams = conversationsOf(readLog(server.directory))
    return devices.flatMap((device) => notCaughtUp(device, streams))
  }
  await expect.poll(missing, { timeout: 40_000, interval: 250 }).toEqual([])
  expect(breachesOf(devices, readLog(server.directory))).toEqual([])
}

const resyncs = async (server: ServerProcess): Promise<number> => {
  const metrics = await (await fetch(`${server.url}/metrics`)).text()
  return Number(/resync\S* (\d+)/.exec(metrics.replace(/^#.*$/gm, ''))?.[1] ?? 0)
}

describe('a slow device', () => {
  it('P4 P7 [T7]: whose network stands still loses its live feed, and ends with every event once', async () => {
    const { server, ann, ben } = await begin()
    const goOn = ben.proxy.stall(100_000)
    await overwhelm(ann)
    goOn()
    await hasEverything(server, [ann, ben])
    expect(await resyncs(server)).toBeGreaterThan(0)
  }, 120_000)

  it('P4: whose application takes its time is handed every event once, in order', async () => {
    const { server, ann, ben } = await begin()
    ben.slowDown(5)
    await overwhelm(ann)
    await hasEverything(server, [ann, ben])
  }, 120_000)
})
