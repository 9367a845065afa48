import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { pino } from 'pino'
import { openFileMedia } from '../../../src/adapters/embedded/media/file-media.ts'
import { createMemoryBlobs } from '../../../src/adapters/memory/blob-store.ts'
import { createMemoryDocumentStore } from '../../../src/adapters/memory/document-store.ts'
import { createMemoryLog } from '../../../src/adapters/memory/event-log.ts'
import { createMemoryLeaseHub } from '../../../src/adapters/memory/lease-hub.ts'
import { createMemoryOnlineUsers } from '../../../src/adapters/memory/online-users.ts'
import type { ApiDeps, ApiSettings } from '../../../src/api/api-deps.ts'
import { createApi } from '../../../src/api/create-api.ts'
import { createReadiness } from '../../../src/api/readiness.ts'
import { createCommands } from '../../../src/commands/create-commands.ts'
import { createPrepareCommit } from '../../../src/commands/rules/prepare-commit.ts'
import { openConsent } from '../../../src/compose/identity/open-consent.ts'
import { openDeviceProofs } from '../../../src/compose/identity/open-device-proofs.ts'
import { openModeration } from '../../../src/compose/identity/open-moderation.ts'
import { openMarks } from '../../../src/compose/open-marks.ts'
import { openMedia } from '../../../src/compose/open-media.ts'
import { openPresence } from '../../../src/compose/open-presence.ts'
import { loadConfig } from '../../../src/config/config.ts'
import { createFairQueue, readLine } from '../../../src/edge/egress/fair-queue.ts'
import { createUnread } from '../../../src/edge/egress/unread-bytes.ts'
import { createProcessLimits } from '../../../src/edge/limits/process-limits.ts'
import { createStorageQuota } from '../../../src/edge/limits/storage-quota.ts'
import { type EventLogs, onlyLog } from '../../../src/event-log/event-logs.ts'
import { issueToken } from '../../../src/identity/tokens/issue-token.ts'
import { createLocalKeys } from '../../../src/identity/tokens/keys/local-keys.ts'
import { createTokenVerifier } from '../../../src/identity/tokens/token-verifier.ts'
import { createMetrics } from '../../../src/observability/metrics.ts'
import { reportOf } from '../../../src/observability/process-figures.ts'
import type { DocumentReader } from '../../../src/ports/document-store.ts'
import type { UserRole } from '../../../src/ports/identity/access.ts'
import { createReactionsControl } from '../../../src/processes/reactions/create-reactions-control.ts'
import { createQueries } from '../../../src/projections/queries/create-queries.ts'
import { createViews } from '../../../src/projections/reading/view-reader.ts'
import { createViewsControl } from '../../../src/projections/runner/control/create-views-control.ts'
import { createViewCatalog } from '../../../src/projections/runner/generations/view-catalog.ts'
import { startRunner } from '../../../src/projections/runner/view-runner.ts'
import { createSyncService } from '../../../src/projections/sync/create-sync-service.ts'
import { createSnapshot } from '../../../src/projections/sync/sync-snapshot.ts'
import { allViews } from '../../../src/projections/views/all-views.ts'
import { createWatermark } from '../../../src/projections/watermark/moving-watermark.ts'
import { createSigner, type Signing } from '../accounts/device-proof.ts'
import { openTestAccounts, type TestAccountsOptions } from '../accounts/test-accounts.ts'
import { testLimits } from './test-limits.ts'

/** The product's, but for the rate of requests, which is out of the way. */
const testSettings: ApiSettings = { ...loadConfig({}).api, requestsPerMinute: 1_000_000 }

/** Lines of a log that a test can look through. */
export const createLines = () => {
  const lines: string[] = []
  return { lines, stream: { write: (line: string) => void lines.push(line) } }
}

/** Consent is off, and every named user exists. Tests about consent have a server of their own. */
const consentSettings = loadConfig({
  BACKSCROLL_CONVERSATIONS_PER_HOUR: '1000000',
  BACKSCROLL_ADDED_PER_HOUR: '1000000',
  BACKSCROLL_ADDITIONS_PER_HOUR: '10000000',
  BACKSCROLL_GROUPS_FROM: 'everyone',
}).consent

const issuer = { issuer: 'backscroll', audience: 'backscroll' }

/** The same log; what is read of it is noted, event by event. */
const countedLog = <Log extends EventLogs>(log: Log, steps: string[]): Log => ({
  ...log,
  readStream: async (slice: Parameters<Log['readStream']>[0]) => {
    steps.push('slice')
    const events = await log.readStream(slice)
    steps.push(...events.map(() => 'event'))
    return events
  },
})

/** The same documents; each read is noted. */
const countedDocuments = (documents: DocumentReader, steps: string[]): DocumentReader => ({
  ...documents,
  get: (collection, key) => {
    steps.push('document')
    return documents.get(collection, key)
  },
  find: (collection, query) => {
    steps.push('documents')
    return documents.find(collection, query)
  },
})

/** The whole REST API over real parts in memory: log, write side, projections, queries, tokens. */
export const startApi = async (
  changes: Partial<ApiDeps> = {},
  settings: Partial<ApiSettings> = {},
  accountOptions: TestAccountsOptions = {},
  /** The clock that events get their time from. */
  now: () => number = Date.now,
  /** Settings of files. */
  mediaEnvironment: Readonly<Record<string, string>> = {},
) => {
  const keys = await createLocalKeys(join(await mkdtemp(join(tmpdir(), 'backscroll-api-')), 'keys'))
  const steps: string[] = []
  const own = createMemoryLog()
  const log = { ...own, ...onlyLog(own) }
  const documents = createMemoryDocumentStore()
  const watermark = createWatermark()
  const runner = await startRunner({ reader: log, store: documents, views: allViews, onProgress: watermark.advance })
  await runner.ready
  const catalog = await createViewCatalog(documents)
  const readDeps = {
    ...{ log: countedLog(log, steps), documents: countedDocuments(documents, steps) },
    collectionOf: catalog.collection,
    watermark,
    now: Date.now,
  }
  const {
    originalOf,
    wasDeleted,
    wasEverMember,
    isIdTaken,
    namedBlobs: _swept,
    isMediaNamed,
    mayReadMedia,
    mayReadMediaSoon,
    membershipCount,
    known,
    contacts,
    ...queries
  } = createQueries(readDeps)
  const accounts = await openTestAccounts(log, accountOptions)
  const metrics = createMetrics()
  const mediaDirectory = await mkdtemp(join(tmpdir(), 'backscroll-files-'))
  const { requestsPerMinute } = { ...testSettings, ...settings }
  const mediaConfig = loadConfig(mediaEnvironment)
  const metering = createProcessLimits({
    settings: { ...testLimits, requestsPerMinute, mediaBytesPerDay: mediaConfig.media.bytesPerDay },
    now: () => performance.now(),
  })
  const mediaStore = openFileMedia(mediaDirectory)
  const media = openMedia({
    ...{
      config: loadConfig(mediaEnvironment),
      metrics,
      metering,
      isShort: () => false,
      logger: pino({ level: 'silent' }),
    },
    media: { store: mediaStore },
    records: accounts.store,
    queries: { mayReadMedia, mayReadMediaSoon },
  })
  const commands = createCommands(
    {
      readsInPrivate: accounts.readsInPrivate,
      log: readDeps.log,
      snapshots: log.snapshots,
      originalOf,
      wasDeleted,
      wasEverMember,
      isIdTaken,
      mayNameMedia: media.access.mayName,
      now,
      newId: randomUUID,
      random: Math.random,
      sleep,
      onConflict: () => {},
    },
    { maxIdle: 100, maxPending: 1000, timeoutMs: 5000, receiptsWindowMs: 10 },
  )
  const blobs = createMemoryBlobs()
  const guard = accounts.guard(
    createTokenVerifier({ keys: { file: keys.jwksFile }, ...issuer, clockToleranceSeconds: 0 }),
    await openDeviceProofs({ oauth: { publicUrl: undefined } }, accounts.store),
  )
  const reads = createFairQueue({ places: 16, placesOfUser: 2, ...readLine })
  const unread = createUnread({ maxOfUser: 16_777_216, max: 268_435_456, stallMs: 30_000, now: Date.now })
  const logger = pino({ level: 'silent' })
  const presence = await openPresence({
    ...{ config: loadConfig({}), accounts, queries: { contacts }, metrics: createMetrics(), logger },
    engine: { online: createMemoryOnlineUsers(createMemoryLeaseHub()), processId: 'this' },
  })
  const { meter, limits } = metering
  const spending = createStorageQuota({ meter, limit: limits.storedBytes, isShort: () => false })
  const state = { draining: false, logTrouble: undefined as string | undefined }
  const draining = () => state.draining
  const { lines, stream } = createLines()
  const api = await createApi(
    {
      commands,
      prepareCommit: createPrepareCommit({ blobs }),
      ...openModeration({ accounts, queries, log, watermark, spending }),
      ...openConsent({
        config: { consent: consentSettings },
        accounts: { ...accounts, store: { ...accounts.store, existing: async (userIds) => userIds } },
        queries: { membershipCount, known },
        ...{ commands, log, watermark, metering },
      }),
      marks: openMarks({ marks: { maxPins: 3, maxStars: 3, changesPerHour: 60 } }, accounts),
      presence,
      blobs,
      media,
      queries: { ...queries, membershipCount },
      sync: createSyncService(readDeps),
      snapshot: createSnapshot(readDeps),
      watermark,
      log,
      verifier: guard.devices,
      newDevices: guard.newDevices,
      proofs: guard.proofs,
      accounts,
      reads,
      unread,
      metering,
      spending,
      readiness: createReadiness({ log, watermark, draining, maxLag: 1000, logTrouble: async () => state.logTrouble }),
      queues: {
        counts: () => accounts.store.queueCounts(Date.now()),
        processes: async () => [await reportOf(metrics)],
      },
      reactions: createReactionsControl({ records: accounts.store, sleep }),
      draining,
      metrics,
      settings: { ...testSettings, ...settings },
      version: '0.0.0-test',
      viewsControl: createViewsControl({
        ...{ runner, views: allViews, head: log.head },
        onRebuildFailed: () => {},
      }),
      ...changes,
    },
    pino({ level: 'debug' }, stream),
  )
  const tokenFor = (user: string, device = 'phone', roles: readonly UserRole[] = ['user']) =>
    issueToken({ keys, ...issuer }, { user, device, roles, ttl: 3600 })
  const close = async () => {
    await api.close()
    await presence.close()
    unread.close()
    await commands.close()
    await accounts.close()
    await runner.close()
    await log.close()
    await rm(mediaDirectory, { recursive: true, force: true })
  }
  const views = createViews({ ...readDeps, documents })
  const files = { store: mediaStore, isNamed: isMediaNamed, directory: mediaDirectory }
  return { api, log, commands, documents, views, watermark, accounts, files, state, lines, steps, tokenFor, close }
}

export type RunningApi = Awaited<ReturnType<typeof startApi>>

type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE' | 'PUT'

/** One user's device, as a client of the API. */
export const createCaller = async (
  { api, tokenFor }: RunningApi,
  user: string,
  device = 'phone',
  keys?: Signing,
  roles?: readonly UserRole[],
) => {
  const token = await tokenFor(user, device, roles)
  const { signed } = createSigner(keys)
  return async (method: Method, url: string, payload?: object) =>
    signed({ method, url: `http://localhost${url.split('?')[0]}`, token }, async (proof) => {
      const headers = { authorization: `Bearer ${token}`, ...proof }
      const response = await api.inject({ method, url, headers, ...(payload ? { payload } : {}) })
      const { statusCode: status, headers: answered, body: text } = response
      const nonce = answered['dpop-nonce']
      const body = response.json()
      return {
        ...{ status, headers: answered, text, body, code: body.code },
        nonce: typeof nonce === 'string' ? nonce : undefined,
      }
    })
}

export type Caller = Awaited<ReturnType<typeof createCaller>>
