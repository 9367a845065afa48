import { setTimeout as sleep } from 'node:timers/promises'
import { createApi } from '../api/create-api.ts'
import { closeApi } from '../api/http/close-api.ts'
import { listen } from '../api/http/listen.ts'
import { createPrepareCommit } from '../commands/rules/prepare-commit.ts'
import type { WriterDeps } from '../commands/writer/stream-writer.ts'
import { createProcessLimits } from '../edge/limits/process-limits.ts'
import { createStorageQuota } from '../edge/limits/storage-quota.ts'
import { admittedCommands } from '../edge/overload/admitted-commands.ts'
import { createGateway } from '../gateway/gateway.ts'
import { gatewayPlugin } from '../gateway/gateway-plugin.ts'
import { createIsDeviceKey } from '../identity/accounts/devices/is-device-key.ts'
import { createPublicUrl } from '../identity/public-url.ts'
import { createTokenVerifier } from '../identity/tokens/token-verifier.ts'
import { watchDescriptors } from '../observability/descriptor-watch.ts'
import { reportForeign } from '../observability/foreign-checkpoints.ts'
import { gatewayMetrics } from '../observability/gateway-measures.ts'
import { reportOf } from '../observability/process-figures.ts'
import { followAccounts } from '../processes/live/follow-accounts.ts'
import { createReactionsControl } from '../processes/reactions/create-reactions-control.ts'
import { createQueries } from '../projections/queries/create-queries.ts'
import { createSyncService } from '../projections/sync/create-sync-service.ts'
import { createSnapshot } from '../projections/sync/sync-snapshot.ts'
import { keySource } from './identity/key-source.ts'
import { openAccounts } from './identity/open-accounts.ts'
import { openConsent } from './identity/open-consent.ts'
import { openDeviceProofs } from './identity/open-device-proofs.ts'
import { openModeration } from './identity/open-moderation.ts'
import { loadExternal, openOAuth } from './identity/open-oauth.ts'
import { openAdmission, readyWithin } from './open-admission-control.ts'
import { openCommands } from './open-commands.ts'
import { openMarks } from './open-marks.ts'
import { openMedia } from './open-media.ts'
import { openPresence } from './open-presence.ts'
import { createReading } from './open-reading.ts'
import type { Server, ServerParts } from './server-parts.ts'
import { gatewayConfig, limitSettings } from './server-settings.ts'
import { version } from './version.ts'

/**
 * Puts a process together from the parts of its profile. Rejects with an `OperatorError` for what an operator can
 * resolve.
 */
export const createServer = async (parts: ServerParts): Promise<Server> => {
  const { config, logger, metrics, log, snapshots, watermark, blobs, serves } = parts
  const views = { ...parts, now: Date.now }
  const queries = createQueries(views)
  const { slices, ...lines } = createReading(config, metrics)
  const sync = createSyncService({ ...views, turn: slices.turn, onForeign: reportForeign(metrics, logger) })
  const stopWatching = watchDescriptors({ metrics, logger })
  let draining = false

  const writer: WriterDeps = {
    log,
    snapshots,
    now: Date.now,
    random: Math.random,
    sleep,
    onConflict: () => metrics.conflicts.inc(),
    shared: parts.sharedLog,
  }
  const external = await loadExternal(config)
  const publicUrl = createPublicUrl(config.oauth.publicUrl)
  const accounts = openAccounts({
    config,
    publicUrl,
    store: parts.accountStore,
    writer,
    revoke: (user, why, device) => {
      gateway.revoke(user, why, device)
      parts.revoked?.(user, why, device)
    },
    logger,
  })
  const metering = createProcessLimits({
    settings: limitSettings(config),
    shared: parts.shared,
    now: () => performance.now(),
  })
  const { meter, limits } = metering
  const isShort = parts.isShortOfSpace ?? (() => false)
  const spending = createStorageQuota({ meter, limit: limits.storedBytes, isShort })
  const media = openMedia({ ...parts, records: parts.accountStore, queries, metering, isShort })
  const commands = openCommands({ writer, queries, accounts, metrics, spending, config, media })
  const admission = openAdmission(parts)
  const ofClients = admittedCommands(commands, admission)
  const proofs = await openDeviceProofs(config, parts.accountStore)
  const oauth = await openOAuth({ config, accounts, publicUrl, proofs, logger, now: Date.now })
  const issuers = { external, issuerUrl: oauth.issuerUrl }
  const verifier = createTokenVerifier({ keys: await keySource(config), ...config.tokens, ...issuers })
  const guard = accounts.guard(verifier, proofs)
  const presence = await openPresence({ config, engine: parts.presence, accounts, queries, metrics, logger })
  const gateway = createGateway({
    presence,
    ...lines,
    turn: slices.turn,
    metering,
    commands: ofClients,
    sync,
    rosters: parts.rosters,
    verifier: guard.sockets,
    judge: accounts.judge,
    watermark,
    dispatched: parts.dispatched,
    logger,
    config: gatewayConfig(config),
    metrics: gatewayMetrics(metrics),
    ...(parts.reach !== undefined && { reach: parts.reach }),
  })
  const isDeviceKey = createIsDeviceKey(accounts)
  const api = await createApi(
    {
      ...lines,
      metering,
      spending,
      commands: ofClients,
      prepareCommit: createPrepareCommit({ blobs, isDeviceKey }),
      ...openModeration({ accounts, queries, log, watermark, spending }),
      ...openConsent({ config, accounts, queries, commands, log, watermark, metering }),
      marks: openMarks(config, accounts),
      isDeviceKey,
      presence,
      blobs,
      media,
      queries,
      sync,
      snapshot: createSnapshot(views),
      watermark,
      log,
      verifier: guard.devices,
      newDevices: guard.newDevices,
      proofs: guard.proofs,
      accounts,
      readiness: readyWithin(parts.readiness, admission),
      viewsControl: parts.viewsControl,
      reactions: createReactionsControl({ records: parts.accountStore, sleep }),
      queues: {
        counts: () => parts.accountStore.queueCounts(Date.now()),
        processes: parts.askProcesses ?? (async () => [await reportOf(metrics)]),
      },
      draining: () => draining,
      metrics,
      settings: config.api,
      version,
      publicUrl: publicUrl.of,
      routes: serves.api ? 'all' : 'operations',
    },
    logger,
    async (app) => {
      if (serves.gateway) await app.register(gatewayPlugin, { gateway })
      if (serves.api) await oauth.plugin(app)
    },
  )

  const followed = followAccounts({
    logs: log.logs,
    look: (userId) => {
      accounts.standings.forget(userId)
      gateway.recheckAccess(userId)
      presence.rulesChangedHere(userId)
    },
    onError: (error) => logger.warn({ err: error }, 'following the accounts failed, and will be tried again'),
  })

  return {
    api,
    gateway,
    commands,
    queries,
    accounts,
    listen: async () => {
      const url = await listen(api, config)
      publicUrl.listening(url)
      return url
    },
    draining: () => draining,
    stop: async (beforeCommandsClose = async () => {}) => {
      draining = true
      await gateway.drain()
      await followed.close()
      await closeApi(api, Math.min(3_000, config.shutdownGraceMs / 3))
      await presence.close()
      lines.unread.close()
      await beforeCommandsClose()
      await commands.close()
      await accounts.close()
      admission.close()
      stopWatching()
    },
  }
}
