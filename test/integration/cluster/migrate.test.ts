import { randomBytes } from 'node:crypto'
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { BackscrollClient } from '../../../packages/client/src/api/client-api.ts'
import type { Attachment } from '../../../packages/client/src/content/attachment.ts'
import type { ClientEvent } from '../../../packages/client/src/events/client-events.ts'
import { createClient } from '../../../packages/client/src/runtime/create-client.ts'
import type { ClientStore } from '../../../packages/client/src/stores/client-store.ts'
import { createMemoryStore } from '../../../packages/client/src/stores/memory-store.ts'
import { openEmbeddedLog } from '../../../src/adapters/embedded/log/embedded-log.ts'
import type { MigrationResult } from '../../../src/cli/migrate/migrate-report.ts'
import { startEmbedded } from '../../../src/compose/embedded/start-embedded.ts'
import { loadConfig } from '../../../src/config/config.ts'
import { issueToken } from '../../../src/identity/tokens/issue-token.ts'
import { createLocalKeys } from '../../../src/identity/tokens/keys/local-keys.ts'
import { createLogger } from '../../../src/observability/logger.ts'
import { type CliEnd, startCli } from '../../support/cli/process.ts'
import { conversationEvents, eventually, record } from '../../support/client/client-world.ts'
import { openClusterLog } from '../../support/cluster/log.ts'
import { type ClusterWorld, missingEngines, openClusterWorld } from '../../support/cluster/world.ts'

const missing = await missingEngines()
const title = missing.length === 0 ? 'Moving up' : `Moving up (skipped: no ${missing.join(', ')})`

const command = ['migrate', '--from', 'embedded', '--to', 'cluster']
/** More events than are ever in flight at a time. */
const old = Array.from({ length: 700 }, (_, index) => `old ${index}`)

/** More than one part of a bucket. */
const file = randomBytes(6 * 1024 * 1024)

interface Device {
  readonly client: BackscrollClient
  readonly log: ClientEvent[]
}

const textsOf = (log: readonly ClientEvent[]): readonly string[] =>
  conversationEvents(log).flatMap(({ type, content }) =>
    type === 'message' && content?.type === 'text' ? [content.body.text] : [],
  )

const messagesIn = (log: readonly ClientEvent[]): number =>
  conversationEvents(log).filter(({ type }) => type === 'message').length

describe.skipIf(missing.length > 0)(title, () => {
  let directory: string
  let world: ClusterWorld
  let conversationId: string
  let attachment: Attachment
  const stores = new Map<string, ClientStore>()

  const start = async (url: string, user: string): Promise<Device> => {
    const store = stores.get(user) ?? createMemoryStore()
    stores.set(user, store)
    const keys = await createLocalKeys(join(directory, 'keys'))
    const signing = { keys, issuer: 'backscroll', audience: 'backscroll' }
    const token = () => issueToken(signing, { user, device: 'phone', roles: ['user'], ttl: 3600 })
    const client = await createClient({ url, token, userId: user, deviceId: 'phone', store })
    const log = record(client)
    client.start()
    await client.whenLive()
    return { client, log }
  }

  const migrate = (more: Readonly<Record<string, string>> = {}) =>
    startCli([...command, '--json'], { ...world.env, BACKSCROLL_DATA: directory, ...more })

  const resultOf = ({ stdout, stderr, code }: CliEnd): MigrationResult => {
    expect({ stderr, code }).toEqual({ stderr: '', code: 0 })
    return JSON.parse(stdout)
  }

  /** Two people talk, one of their messages is deleted. */
  const fill = async (): Promise<void> => {
    const config = loadConfig({
      BACKSCROLL_DATA: directory,
      BACKSCROLL_PORT: '0',
      BACKSCROLL_FRAMES_PER_SECOND: '100000',
      BACKSCROLL_FRAME_BURST: '1000000',
    })
    const server = await startEmbedded(config, createLogger({ level: 'silent' }))
    const bob = await start(server.url, 'bob')
    const ann = await start(server.url, 'ann')
    const sent = await Promise.all(old.map((text) => ann.client.send({ user: 'bob' }, { text })))
    const [first] = sent
    if (first === undefined) throw new Error('Nothing was sent')
    conversationId = first.conversationId
    await eventually(() => textsOf(bob.log).length === old.length, 'Bob has read them', 60_000)
    await ann.client.delete(conversationId, first)
    await eventually(() => bob.log.some(({ type }) => type === 'deletion'), 'Bob knows of the deletion')
    attachment = await ann.client.uploadFile(file)
    await ann.client.send(conversationId, { text: 'a file', attachments: [attachment] })
    await eventually(() => messagesIn(bob.log) === old.length + 1, 'Bob knows of the file')
    await Promise.all([ann.client.close(), bob.client.close()])
    await server.stop()
  }

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'backscroll-migrate-'))
    world = await openClusterWorld()
    await fill()
    await rm(join(world.directory, 'keys'), { recursive: true })
    await cp(join(directory, 'keys'), join(world.directory, 'keys'), { recursive: true })
  }, 120_000)

  afterAll(async () => {
    await world?.discard()
    await rm(directory, { recursive: true, force: true })
  })

  it('refuses a data directory that a server holds', async () => {
    const log = await openEmbeddedLog({ directory })
    const { code, stderr } = await migrate().ended
    await log.close()
    expect(code).toBe(78)
    expect(stderr).toMatch(/^Another Backscroll process is using the data directory .*\n$/)
  })

  it('refuses a directory without a log, and makes none', async () => {
    const empty = join(directory, 'nothing')
    const { code, stderr } = await migrate({ BACKSCROLL_DATA: empty }).ended
    expect(code).toBe(78)
    expect(stderr).toMatch(/^BACKSCROLL_DATA: there is no event log in .*\n$/)
  })

  it('goes on where it was killed, and ends with everything there', async () => {
    const { logs } = await openClusterLog(world)
    const [target] = logs.logs
    if (target === undefined) throw new Error('a cluster has a log')
    await world.log.control('loseAnswers', 3, 'silence')
    const cut = migrate()
    const arrived = Promise.withResolvers<void>()
    const watching = target.subscribe(0n, () => arrived.resolve())
    await arrived.promise
    cut.kill()
    expect((await cut.ended).code).toBe(null)
    await watching.close()
    const before = (await target.readAll(0n, 100_000)).length
    await target.close()
    await world.log.control('loseAnswers', 0, 'silence')

    const result = resultOf(await migrate().ended)
    const events = result.checks.find(({ what }) => what === 'events')
    expect(result.ok).toBe(true)
    expect(events?.source).toBeGreaterThan(old.length)
    expect(before).toBeLessThan(events?.source ?? 0)
    expect(result.copied.events).toBe((events?.source ?? 0) - before)
    expect(result.epoch.target).not.toBe(result.epoch.source)
    expect(result.checks.filter(({ same }) => !same)).toEqual([])
    expect(result.checks.find(({ what }) => what === 'files')).toMatchObject({ source: 1, target: 1 })
    expect(result.checks.find(({ what }) => what === 'rows of accounts')?.target).toBe(2)
    expect(result.checks.find(({ what }) => what.startsWith('conversations'))?.target).toBe(1)
  }, 180_000)

  it('copies no event, no blob and no file twice', async () => {
    const { ok, copied } = resultOf(await migrate().ended)
    const { events, blobs, files } = copied
    expect({ ok, events, blobs, files }).toEqual({ ok: true, events: 0, blobs: 0, files: 0 })
  }, 120_000)

  it('lets the same devices come back to the cluster with a snapshot, read what was and go on talking', async () => {
    const server = await world.process(['api', 'gateway', 'relay', 'projector', 'worker', 'notifier'])
    await server.start()
    const ann = await start(server.url, 'ann')
    const bob = await start(server.url, 'bob')
    for (const { log } of [ann, bob]) expect(log.map(({ type }) => type)).toContain('snapshot')

    const history: (string | undefined)[] = []
    for await (const { content } of bob.client.history(conversationId, { after: 0, limit: 100 }))
      history.push(content?.type === 'text' ? content.body.text : undefined)
    expect(history).toEqual([undefined, ...old.slice(1), undefined])
    const opened: Uint8Array[] = []
    for await (const piece of bob.client.openFile(attachment)) opened.push(piece)
    expect(Buffer.concat(opened).equals(file)).toBe(true)

    await ann.client.send(conversationId, { text: 'new from ann' })
    await eventually(() => textsOf(bob.log).includes('new from ann'), 'Bob reads what Ann writes')
    await bob.client.send(conversationId, { text: 'new from bob' })
    await eventually(() => textsOf(ann.log).includes('new from bob'), 'Ann reads what Bob writes')
    await Promise.all([ann.client.close(), bob.client.close()])
    await server.stop('SIGTERM')
  }, 120_000)

  it('refuses a log that has gone on by itself', async () => {
    const { code, stderr } = await migrate().ended
    expect(code).toBe(78)
    expect(stderr).toMatch(/^BACKSCROLL_KURRENTDB_URL: the event log holds revision .*\n$/)
  }, 60_000)
})
