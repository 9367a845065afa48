import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import type { BackscrollClient } from '../../../packages/client/src/api/client-api.ts'
import { createClient } from '../../../packages/client/src/runtime/create-client.ts'
import { createMemoryStore } from '../../../packages/client/src/stores/memory-store.ts'
import { issueToken } from '../../../src/identity/tokens/issue-token.ts'
import { createLocalKeys } from '../../../src/identity/tokens/keys/local-keys.ts'
import { eventually } from '../../support/client/client-world.ts'
import { type MemoryCluster, openMemoryCluster } from '../../support/cluster/memory-cluster.ts'

let cluster: MemoryCluster | undefined
const clients: BackscrollClient[] = []
afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.close()))
  await cluster?.close()
})

const connect = async ({ directory }: MemoryCluster, url: string, user: string) => {
  const keys = await createLocalKeys(join(directory, 'keys'))
  const signing = { keys, issuer: 'backscroll', audience: 'backscroll' }
  const token = () => issueToken(signing, { user, device: 'phone', roles: ['user'], ttl: 3600 })
  const client = await createClient({ url, token, userId: user, deviceId: 'phone', store: createMemoryStore() })
  clients.push(client)
  const received: string[] = []
  client.on('message', ({ event }) => void received.push(event.type))
  client.start()
  await client.whenLive()
  return { client, received }
}

/** The value of a metric without labels, as the process shows it. */
const read = async ({ url }: { readonly url: string }, name: string): Promise<number> => {
  const text = await (await fetch(`${url}/metrics`)).text()
  return Number(new RegExp(`^backscroll_${name} (.*)$`, 'm').exec(text)?.[1])
}

const until = async (what: string, holds: () => Promise<boolean>): Promise<void> =>
  expect.poll(holds, { timeout: 60_000, message: what }).toBe(true)

/** Several processes in one, on a machine that may have other work. */
describe('The processes of a cluster show', { timeout: 120_000 }, () => {
  it('what each of them appended, in how many appends', async () => {
    cluster = await openMemoryCluster({ BACKSCROLL_RECEIPT_WINDOW_MS: '50' })
    await cluster.start(['relay', 'projector'])
    const one = await cluster.start(['api', 'gateway'])
    const two = await cluster.start(['api', 'gateway', 'worker'])
    const ann = await connect(cluster, one.url, 'ann')
    const bob = await connect(cluster, two.url, 'bob')
    for (let n = 0; n < 3; n += 1) await ann.client.send({ user: 'bob' }, { text: `${n}` })
    await eventually(() => bob.received.length === 3, 'Bob has read all', 60_000)
    expect(await read(one, 'appended_events_total')).toBeGreaterThanOrEqual(3)
    const shown = async (name: string) => (await read(one, name)) + (await read(two, name))
    const log = cluster.hubs.logs[0]?.log ?? expect.fail('there is a log')
    // Receipts may still be on their way.
    await until('every event of the log', async () => {
      const events = Number(await log.head())
      return (await shown('appended_events_total')) === events && (await shown('commit_events_sum')) === events
    })
    const appends = await shown('commit_events_count')
    expect(appends).toBeGreaterThan(0)
    expect(appends).toBeLessThanOrEqual(Number(await log.head()))
  })

  it('which worker works, and that the next one takes over', async () => {
    cluster = await openMemoryCluster()
    await cluster.start(['relay', 'projector'])
    const workers = [await cluster.start(['worker']), await cluster.start(['worker'])] as const
    const active = async () => Promise.all(workers.map((worker) => read(worker, 'worker_active')))
    await until('one works', async () => (await active()).toSorted().join() === '0,1')
    const [first] = await active()
    const [working, standby] = first === 1 ? workers : ([workers[1], workers[0]] as const)
    await working.stop()
    await until('the other one works', async () => (await read(standby, 'worker_active')) === 1)
  })

  it('how many partitions there are, beside those that they hold', async () => {
    cluster = await openMemoryCluster()
    const api = await cluster.start(['api'])
    expect(await read(api, 'configured_partitions')).toBe(4)
    expect(await read(api, 'partitions')).toBe(0)
  })

  it('live frames, where they are sent and where they come', async () => {
    cluster = await openMemoryCluster()
    const projector = await cluster.start(['relay', 'projector'])
    const one = await cluster.start(['api', 'gateway', 'worker'])
    const two = await cluster.start(['api', 'gateway'])
    const ann = await connect(cluster, one.url, 'ann')
    const bob = await connect(cluster, two.url, 'bob')
    await ann.client.send({ user: 'bob' }, { text: 'hello' })
    await eventually(() => bob.received.length === 1, 'Bob has read it', 60_000)
    await until('what was sent has come', async () => {
      const sent = await read(projector, 'live_frames_sent_total')
      const come = (await read(one, 'live_frames_received_total')) + (await read(two, 'live_frames_received_total'))
      return sent > 0 && sent === come
    })
    expect(await read(two, 'live_frames_received_total')).toBeGreaterThan(0)
  })
})
