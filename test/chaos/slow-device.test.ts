import { randomUUID } from 'node:crypto'
import { afterEach, describe, expect, it } from 'vitest'
import { breachesOf, notCaughtUp } from '../support/chaos-checks.ts'
import { type ChaosDevice, openDevice } from '../support/chaos-device.ts'
import { randomOf } from '../support/chaos-steps.ts'
import { cipher, startGroup } from '../support/server-conversation.ts'
import { conversationsOf, logHead, readLog } from '../support/server-log.ts'
import { openServer, type ServerProcess } from '../support/server-process.ts'
import { restOf } from '../support/server-rest.ts'
import { openSocket } from '../support/server-socket.ts'
import { openTokens, type Tokens } from '../support/server-tokens.ts'

const cleanUps: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp()
})

const begin = async () => {
  const server = await openServer({ env: { BACKSCROLL_MAX_OUTBOX_BYTES: '65536', BACKSCROLL_LOG_LEVEL: 'info' } })
  cleanUps.push(server.discard)
  await server.start()
  const tokens = await openTokens(server.directory)
  const port = Number(new URL(server.url).port)
  const device = await openDevice(
    { port, token: tokens, random: randomOf(1), logHead: () => logHead(server.directory) },
    'ben',
    'phone',
  )
  cleanUps.push(async () => {
    await device.close()
    await device.proxy.close()
  })
  await device.start()
  await device.client()?.whenLive()
  return { server, tokens, device }
}

/** Many large messages, faster than the device gets them; between them its user is removed and added again. */
const overwhelm = async (server: ServerProcess, tokens: Tokens) => {
  const { conversationId, owner } = await startGroup(await restOf(server.url, tokens, 'ann'), ['ben'])
  const socket = await openSocket(server.socketUrl, await tokens('ann', 'laptop'), 'laptop')
  await socket.connect()
  const send = async (from: number, count: number) => {
    for (let sent = 0; sent < count; sent += 20) {
      const batch = Array.from({ length: 20 }, (_, n) => from + sent + n + 1)
      await Promise.all(
        batch.map((clientSeq) => {
          const numbers = { clientSeq, afterClientSeq: clientSeq - 1 }
          const ciphertext = cipher('x'.repeat(40_000))
          return socket.ask({ type: 'send_message', conversationId, messageId: randomUUID(), ciphertext, ...numbers })
        }),
      )
    }
  }
  await send(0, 200)
  await owner.remove('ben')
  await send(200, 40)
  await owner.add('ben')
  await send(240, 100)
  socket.drop()
}

const hasEverything = async (server: ServerProcess, device: ChaosDevice): Promise<void> => {
  const missing = () => notCaughtUp(device, conversationsOf(readLog(server.directory)))
  await expect.poll(missing, { timeout: 40_000, interval: 250 }).toEqual([])
  expect(breachesOf([device], readLog(server.directory))).toEqual([])
}

const resyncs = async (server: ServerProcess): Promise<number> => {
  const metrics = await (await fetch(`${server.url}/metrics`)).text()
  return Number(/resync\S* (\d+)/.exec(metrics.replace(/^#.*$/gm, ''))?.[1] ?? 0)
}

describe('a slow device', () => {
  it('P4 P7 [T7]: whose network stands still loses its live feed, and ends with every event once', async () => {
    const { server, tokens, device } = await begin()
    device.proxy.stall(4000)
    await overwhelm(server, tokens)
    await hasEverything(server, device)
    expect(await resyncs(server)).toBeGreaterThan(0)
  }, 90_000)

  it('P4: whose application takes its time is handed every event once, in order', async () => {
    const { server, tokens, device } = await begin()
    device.slowDown(5)
    await overwhelm(server, tokens)
    await hasEverything(server, device)
  }, 90_000)
})
