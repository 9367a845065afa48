import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, expect, it } from 'vitest'
import type { BackscrollClient } from '../../src/client/client-api.ts'
import { createClient } from '../../src/client/create-client.ts'
import { createMemoryStore } from '../../src/client/memory-store.ts'
import type { OpenWebSocket } from '../../src/client/web-socket.ts'
import { eventually } from '../support/client-world.ts'
import { createCuttableSockets } from '../support/cuttable-socket.ts'
import { type MemoryCluster, openMemoryCluster } from '../support/memory-cluster.ts'
import { openTokens } from '../support/server-tokens.ts'

let cluster: MemoryCluster | undefined
const clients: BackscrollClient[] = []
afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.close()))
  await cluster?.close()
})

const connect = async (url: string, directory: string, userId: string, webSocket?: OpenWebSocket) => {
  const tokens = await openTokens(directory)
  const client = await createClient({
    ...{ url, token: () => tokens(userId), userId, deviceId: 'phone', store: createMemoryStore(), random: () => 0 },
    ...(webSocket !== undefined && { webSocket }),
  })
  clients.push(client)
  client.start()
  await client.whenLive()
  return client
}

const messages = 150
const lateMs = 300

/** What gateways are told live comes later than the views, as it does when the fan-out is behind. */
const delayLive = ({ hearers }: MemoryCluster['hubs']['channels']): void => {
  for (const [channel, all] of hearers) {
    if (!channel.startsWith('gateway/')) continue
    for (const hear of [...all]) {
      all.delete(hear)
      all.add((message) => void setTimeout(hear, lateMs, message))
    }
  }
}

it('[M5] a device that comes back again and again while others read is never told less than before', {
  timeout: 120_000,
}, async () => {
  cluster = await openMemoryCluster({ BACKSCROLL_RECEIPT_WINDOW_MS: '1' })
  await cluster.start(['relay'])
  await cluster.start(['projector'])
  const { url } = await cluster.start(['api', 'gateway', 'worker'])
  delayLive(cluster.hubs.channels)
  const sockets = createCuttableSockets()
  const ann = await connect(url, cluster.directory, 'ann', sockets.open)
  const bob = await connect(url, cluster.directory, 'bob')
  const told: number[] = []
  ann.on('receipt', ({ receipt }) => {
    if (receipt.userId === 'bob' && receipt.delivered !== undefined) told.push(receipt.delivered)
  })
  let heard = 0
  bob.on('message', () => {
    heard += 1
  })
  const sent = Array.from({ length: messages }, (_, n) => ann.send({ user: 'bob' }, { text: `${n}` }))
  while (heard < messages) {
    await sleep(400)
    sockets.cut()
  }
  await Promise.all(sent)
  await eventually(() => told.at(-1) === messages, 'the last receipt', 30_000)
  expect(sockets.opened()).toBeGreaterThan(3)
  expect(told).toEqual(told.toSorted((a, b) => a - b))
})
