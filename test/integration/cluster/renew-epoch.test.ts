import { copyFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Kafka, logLevel } from 'kafkajs'
import { MongoClient } from 'mongodb'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ClientEvent } from '../../../packages/client/src/events/client-events.ts'
import { createClient } from '../../../packages/client/src/runtime/create-client.ts'
import type { DeviceProver } from '../../../packages/client/src/sign-in/device-prover.ts'
import type { ClientStore } from '../../../packages/client/src/stores/client-store.ts'
import { createMemoryStore } from '../../../packages/client/src/stores/memory-store.ts'
import { issueToken } from '../../../src/identity/tokens/issue-token.ts'
import { createLocalKeys } from '../../../src/identity/tokens/keys/local-keys.ts'
import { startCli } from '../../support/cli/process.ts'
import { conversationEvents, eventually, record } from '../../support/client/client-world.ts'
import { openClusterLog } from '../../support/cluster/log.ts'
import { type ClusterWorld, missingEngines, openClusterWorld } from '../../support/cluster/world.ts'
import { type DoubleProcess, startDoubleProcess } from '../../support/kurrentdb-double/process.ts'
import type { ServerProcess } from '../../support/server/process.ts'
import { callerOf } from '../../support/server/rest.ts'

const missing = await missingEngines()
const title = `A cluster whose event log was restored${missing.length === 0 ? '' : ` (skipped: no ${missing.join(', ')})`}`

/** Also what could be read only later. */
const textsOf = (log: readonly ClientEvent[]): readonly string[] => {
  const later = log.flatMap((event) => (event.type === 'recovered' ? [event.message] : []))
  return [...conversationEvents(log), ...later].flatMap(({ type, content }) =>
    type === 'message' && content?.type === 'text' ? [content.body.text] : [],
  )
}

describe.skipIf(missing.length > 0)(title, () => {
  let world: ClusterWorld
  let server: ServerProcess
  let restored: DoubleProcess | undefined
  const stores = new Map<string, ClientStore>()
  const provers = new Map<string, DeviceProver>()

  const tokenOf = async (user: string): Promise<string> => {
    const keys = await createLocalKeys(join(world.directory, 'keys'))
    const signing = { keys, issuer: 'backscroll', audience: 'backscroll' }
    return issueToken(signing, { user, device: 'phone', roles: ['user'], ttl: 3600 })
  }

  const connect = async (user: string) => {
    const store = stores.get(user) ?? createMemoryStore()
    stores.set(user, store)
    const client = await createClient({
      url: server.url,
      token: () => tokenOf(user),
      userId: user,
      deviceId: 'phone',
      store,
    })
    const log = record(client)
    client.start()
    await client.whenLive()
    const prover = client.prover()
    if (prover !== undefined) provers.set(user, prover)
    return { client, log }
  }

  /** Asks as Bob's device, which has a key and signs what it asks; the key outlives the client. */
  const get = async (path: string) => {
    const call = callerOf(server.url, await tokenOf('bob'), provers.get('bob'))
    const { status, json: body } = await call('GET', path)
    return { status, body }
  }

  /** The checkpoint at the end of the whole snapshot. */
  const newCheckpoint = async (): Promise<string> => {
    let { body } = await get('/sync/snapshot')
    while (body.cursor !== undefined) body = (await get(`/sync/snapshot?cursor=${body.cursor}`)).body
    return body.checkpoint
  }

  const epoch = async (): Promise<string> => {
    const log = await openClusterLog(world)
    await log.close()
    return log.logs.epoch
  }

  const topics = async (): Promise<readonly string[]> => {
    const { BACKSCROLL_KAFKA_BROKERS: brokers = '', BACKSCROLL_CLUSTER: name = '' } = world.env
    const admin = new Kafka({ brokers: brokers.split(','), logLevel: logLevel.NOTHING }).admin()
    await admin.connect()
    const all = await admin.listTopics()
    await admin.disconnect()
    return all.filter((topic) => topic.startsWith(`${name}-`))
  }

  const documentsOf = async (life: string): Promise<number> => {
    const client = await new MongoClient(world.env.BACKSCROLL_MONGODB_URL ?? '').connect()
    const db = client.db(world.env.BACKSCROLL_CLUSTER)
    const names = (await db.listCollections().toArray()).map(({ name }) => name)
    const counts = await Promise.all(
      names.filter((name) => name.includes(life)).map((name) => db.collection(name).countDocuments()),
    )
    await client.close()
    return counts.reduce((sum, count) => sum + count, 0)
  }

  /** The log's server as it was, at the same address. */
  const restore = async (copy: string, file: string): Promise<void> => {
    await world.log.kill()
    await copyFile(copy, file)
    restored = await startDoubleProcess({ port: Number(new URL(world.log.url).port), file })
  }

  beforeAll(async () => {
    world = await openClusterWorld()
    server = await world.process(['api', 'gateway', 'relay', 'projector', 'worker', 'notifier'])
  }, 120_000)

  afterAll(async () => {
    await world?.discard()
    await restored?.kill()
  })

  it('takes no checkpoint of the lost log after renew-epoch, makes topic and views anew, and goes on [P4]', async () => {
    const file = join(world.directory, 'log-0')
    const backup = join(world.directory, 'backup.journal')
    await server.start()
    const before = { ann: await connect('ann'), bob: await connect('bob') }
    const { conversationId } = await before.ann.client.send({ user: 'bob' }, { text: 'kept' })
    await eventually(() => textsOf(before.bob.log).includes('kept'), 'Bob has read it')
    const taken = await newCheckpoint()
    await copyFile(file, backup)
    await before.bob.client.send(conversationId, { text: 'lost' })
    await eventually(() => textsOf(before.ann.log).includes('lost'), 'Ann has read it')
    const checkpoint = await newCheckpoint()
    for (const each of [taken, checkpoint]) expect(each).toEqual(expect.any(String))
    expect((await get(`/sync?since=${checkpoint}`)).status).toBe(200)
    await Promise.all([before.ann.client.close(), before.bob.client.close()])
    await server.stop('SIGTERM')
    const old = await epoch()

    await restore(backup, file)
    const { code, stdout, stderr } = await startCli(['renew-epoch'], world.env).ended
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    const renewed = await epoch()
    expect(renewed).not.toBe(old)
    expect(stdout).toContain(renewed)

    await server.start()
    for (const since of [taken, checkpoint])
      expect(await get(`/sync?since=${since}`)).toMatchObject({ status: 410, body: { code: 'snapshot_required' } })
    const name = world.env.BACKSCROLL_CLUSTER
    expect(await topics()).toEqual(expect.arrayContaining([`${name}-${renewed.slice(0, 8)}`]))
    expect(await documentsOf(renewed.slice(0, 8))).toBeGreaterThan(0)

    const after = { ann: await connect('ann'), bob: await connect('bob') }
    for (const { log } of Object.values(after)) expect(log.map(({ type }) => type)).toContain('snapshot')
    // Both had gone further than the log: they find back into one group, at the latest when somebody writes.
    await after.ann.client.send(conversationId, { text: 'new' })
    await eventually(() => textsOf(after.bob.log).includes('new'), 'Bob reads what Ann writes', 60_000)
    await after.bob.client.send(conversationId, { text: 'answer' })
    await eventually(() => textsOf(after.ann.log).includes('answer'), 'Ann reads what Bob writes', 60_000)
    await Promise.all([after.ann.client.close(), after.bob.client.close()])
    await server.stop('SIGTERM')
  }, 180_000)

  it('is not made out of nothing by renew-epoch', async () => {
    const env = { ...world.env, BACKSCROLL_CLUSTER: 'nobody' }
    const { code, stderr } = await startCli(['renew-epoch'], env).ended
    expect(code).toBe(78)
    expect(stderr).toMatch(/^BACKSCROLL_CLUSTER: there is no log of the cluster nobody on .*\n$/)
  }, 60_000)
})
