import { EventStoreDBClient } from '@eventstore/db-client'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { openAccountsDatabase } from '../../../../src/adapters/sql/database/open-postgres.ts'
import { startCli } from '../../../support/cli/process.ts'
import { engineUrl } from '../../../support/engines/engine-url.ts'
import { createKurrentWorld } from '../../../support/engines/kurrentdb-world.ts'
import { newPostgresDatabase } from '../../../support/engines/postgres-database.ts'
import { createTestCertificate, type TestCertificate } from '../../../support/engines/test-certificate.ts'
import { collect } from '../../../support/event-log/collector.ts'
import { temporaryDirectory } from '../../../support/event-log/directory.ts'
import { idsOf, logEvent } from '../../../support/event-log/events.ts'

const server = await engineUrl('postgres')
const world = createKurrentWorld()
afterEach(() => world.dispose())
const directory = temporaryDirectory()
let tls: TestCertificate
beforeAll(async () => {
  tls = await createTestCertificate(directory.path)
})
afterAll(() => directory.remove())

const users = {
  admin: { password: 'changeit', groups: ['$admins'] },
  backscroll: { password: 'secret', groups: ['backscroll'] },
}

type Acl = Readonly<Record<string, readonly string[]>>

/** A server with TLS and users; answers the address for the ordinary one. */
const start = async (acls: Readonly<Record<string, Acl>> = {}) => {
  const double = await world.double({ tls, users })
  const admin = EventStoreDBClient.connectionString(double.url)
  for (const [stream, { readRoles, writeRoles }] of Object.entries(acls))
    await admin.setStreamMetadata(stream, {
      acl: { ...(readRoles && { readRoles: [...readRoles] }), ...(writeRoles && { writeRoles: [...writeRoles] }) },
    })
  await admin.dispose()
  return { double, url: double.url.replace('admin:changeit', 'backscroll:secret') }
}

const readers = { readRoles: ['$admins', 'backscroll'] }

const doctor = async (url: string, postgres = 'postgres://localhost:1/chat') => {
  const env = {
    BACKSCROLL_PROFILE: 'cluster',
    BACKSCROLL_CLUSTER: 'chat',
    BACKSCROLL_ROLES: 'api',
    BACKSCROLL_KURRENTDB_URL: url,
    BACKSCROLL_KAFKA_BROKERS: 'localhost:1',
    BACKSCROLL_MONGODB_URL: 'mongodb://localhost:1/chat',
    BACKSCROLL_REDIS_URL: 'redis://localhost:1',
    BACKSCROLL_POSTGRES_URL: postgres,
    BACKSCROLL_S3_URL: 'http://key:secret@localhost:1/chat',
  }
  const { code, stdout, stderr } = await startCli(['doctor', '--json'], env).ended
  const { findings }: { findings: { check: string; ok: boolean; line: string }[] } = JSON.parse(stdout)
  const found = (name: string) => findings.find(({ check }) => check === name)
  const wrong = new Set(findings.filter(({ ok }) => !ok).map(({ check }) => check))
  return { code, stderr, wrong, log: found('log'), reactions: found('reactions') }
}

describe('A user of KurrentDB who lacks a right', () => {
  it.each([
    ['read $all', {}, 'read \\$all'],
    [
      'append',
      { $all: readers, 'chat.backscroll-epoch': { writeRoles: ['$admins'] } },
      'append to the streams chat\\.\\*',
    ],
    [
      'read streams',
      { $all: readers, 'chat.backscroll-epoch': { readRoles: ['$admins'] } },
      'read the streams chat\\.\\*',
    ],
  ])('(%s) does not get a log that fails later: one line names it', async (_, acls, right) => {
    const { double, url } = await start(acls)
    const before = double.store.visible().length
    const error = await world.open(url, { namespace: 'chat' }).catch((reason: Error) => reason)
    expect(error).toMatchObject({
      name: 'OperatorError',
      message: expect.stringMatching(
        new RegExp(`^BACKSCROLL_KURRENTDB_URL: 127\\.0\\.0\\.1:\\d+ does not let the user ${right} `),
      ),
    })
    expect(String(error)).not.toContain('secret')
    expect(double.store.visible().length).toBe(before)
  })

  it('is not let in with another password, and told so', async () => {
    const { url } = await start({ $all: readers })
    await expect(world.open(url.replace(':secret', ':other'), { namespace: 'chat' })).rejects.toMatchObject({
      name: 'OperatorError',
      message: expect.stringContaining('does not know the user, or the password is another one'),
    })
  })
})

describe('A user of KurrentDB who may append and read streams and read $all', () => {
  it('is all that a log needs, over TLS with a certificate of your own', async () => {
    const { url } = await start({ $all: readers })
    const log = await world.open(url, { namespace: 'chat' })
    const reader = collect(log, 0n)
    const { position } = await log.append('a', [logEvent('x')], 'no_stream')
    await reader.reached(1)
    expect(await log.head()).toBe(position)
    expect(idsOf(await log.readAll(0n, 10))).toEqual(['x'])
    expect(idsOf(await log.readStream({ stream: 'a', limit: 9 }))).toEqual(['x'])
  })

  it('does not reach a server whose certificate nobody vouches for', async () => {
    const { url } = await start({ $all: readers })
    const unknown = url.replace(/&tlsCAFile=.*/, '')
    await expect(world.open(unknown, { namespace: 'chat', giveUpMs: 300 })).rejects.toMatchObject({
      name: 'OperatorError',
    })
  })
})

describe('`backscroll doctor` with the settings of a cluster', () => {
  it('says which right is missing, and changes nothing in the log', { timeout: 30_000 }, async () => {
    const { double, url } = await start()
    const before = double.store.visible().length
    const { code, log, stderr } = await doctor(url)
    expect({ code, stderr }).toEqual({ code: 1, stderr: '' })
    expect(log).toMatchObject({ ok: false, line: expect.stringContaining('does not let the user read $all') })
    expect(double.store.visible().length).toBe(before)
  })

  it('finds nothing in a log where nothing is missing, and says that the accounts cannot be asked', {
    timeout: 30_000,
  }, async () => {
    const { double, url } = await start({ $all: readers })
    const before = double.store.visible().length
    expect(await doctor(url)).toMatchObject({
      code: 1,
      log: { ok: true },
      reactions: { ok: false, line: expect.stringMatching(/^BACKSCROLL_POSTGRES_URL: no PostgreSQL server takes/) },
    })
    expect(double.store.visible().length).toBe(before)
  })

  it.skipIf(server === undefined)(
    'reports what is parked, before the cluster has begun and after',
    {
      timeout: 60_000,
    },
    async () => {
      const { url } = await start({ $all: readers })
      const database = await newPostgresDatabase(server ?? '')
      try {
        // The bucket of these settings is not there.
        const fine = { wrong: new Set(['files']), log: { ok: true }, reactions: { ok: true } }
        expect(await doctor(url, database.url)).toMatchObject(fine)
        const accounts = await openAccountsDatabase({ url: database.url })
        expect(await doctor(url, database.url)).toMatchObject(fine)
        const place = { process: 'leave-conversations', epoch: 'e', stream: 'user-bob', revision: 1, position: 2n }
        await accounts.parkReaction({ ...place, type: 'UserErased', attempts: 7, error: 'Error: x', at: 1 })
        await accounts.close()
        expect(await doctor(url, database.url)).toMatchObject({
          code: 1,
          reactions: { ok: false, line: expect.stringMatching(/of 1 streams .* is parked: .*reactions retry/) },
        })
      } finally {
        await database.remove()
      }
    },
  )
})
