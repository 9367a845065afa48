import { copyAccounts } from '../../adapters/sql/database/copy-accounts.ts'
import { type ClusterConfig, isClusterConfig } from '../../config/cluster-config.ts'
import { loadConfig } from '../../config/config.ts'
import { createLogger } from '../../observability/logger.ts'
import { type JsonOption, print } from '../output.ts'
import { createProgress, type Progress } from '../progress.ts'
import type { Environment } from '../settings/embedded-directory.ts'
import { copyBlobs } from './migrate-blobs.ts'
import { copyEvents } from './migrate-events.ts'
import { copyMedia } from './migrate-media.ts'
import { type MigrationResult, reportText } from './migrate-report.ts'
import { openSource, type Source } from './migrate-source.ts'
import { checkTarget, openTarget, type Target } from './migrate-target.ts'
import { verify } from './migrate-verify.ts'
import { rebuildViews } from './migrate-views.ts'

/** A process of the cluster that serves no clients. */
const settingsOf = (env: Environment): ClusterConfig => {
  const own = { BACKSCROLL_PROFILE: 'cluster', BACKSCROLL_ROLES: 'relay,projector', BACKSCROLL_PORT: '0' }
  const config = loadConfig({ ...env, ...own, BACKSCROLL_HOST: '127.0.0.1' })
  if (!isClusterConfig(config)) throw new Error('The settings are of the cluster profile')
  return config
}

const loggerOf = ({ BACKSCROLL_LOG_LEVEL: level = 'warn' }: Environment) =>
  createLogger({ level, destination: process.stderr })

/** Blobs come before the events that name them, so that nobody ever meets a name without its blob. */
const copyAll = async (source: Source, target: Target, progress: Progress): Promise<MigrationResult['copied']> => {
  const heads = await checkTarget(source, target, progress)
  const { log, blobs } = target.engines
  const copiedBlobs = await copyBlobs(source.blobs, blobs, (total) => progress.stage('Copying blobs', total))
  const rows = await copyAccounts(source.accounts, target.accounts, progress.stage('Copying accounts', 0))
  const { store } = target.engines.media
  const files = await copyMedia(source.accounts, source.media, store, (all) => progress.stage('Copying files', all))
  const total = Number(await source.log.head())
  const events = await copyEvents(source.log, log, heads, progress.stage('Copying events', total))
  return { events, rows, blobs: copiedBlobs, files }
}

const moveUp = async (env: Environment, progress: Progress): Promise<MigrationResult> => {
  const config = settingsOf(env)
  const logger = loggerOf(env)
  const source = await openSource(config.dataDirectory)
  try {
    const target = await openTarget(config, logger)
    try {
      const copied = await copyAll(source, target, progress)
      const views = await rebuildViews(config, target.engines, logger, (total) =>
        progress.stage('Rebuilding the views, position', total),
      )
      const checks = await verify(source, target, views, progress)
      const epoch = { source: source.log.epoch, target: target.engines.log.epoch }
      return { ok: checks.every(({ same }) => same), epoch, copied, checks }
    } finally {
      await target.close()
    }
  } finally {
    await source.close()
  }
}

/**
 * `backscroll migrate --from embedded --to cluster`: copies a data directory into the engines that the settings
 * name, and compares both. It only reads the directory. It can be killed at any moment and run again. Exit code 1
 * when something differs; what an operator can resolve rejects with an `OperatorError`.
 */
export const migrate = async (options: JsonOption, env: Environment): Promise<void> => {
  const progress = createProgress(options, process.stderr, Date.now)
  const result = await moveUp(env, progress).finally(progress.end)
  print(options, result, reportText(result).trimEnd())
  if (!result.ok) process.exitCode = 1
}
