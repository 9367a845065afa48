import closeWithGrace from 'close-with-grace'
import { start } from '../../compose/start-process.ts'
import { loadConfig } from '../../config/config.ts'
import { createLogger } from '../../observability/logger.ts'
import { exitCodes } from '../exit-codes.ts'
import { greeting } from './greeting.ts'
import { watchSlowStart } from './slow-start.ts'

export interface ServeOptions {
  /** Roles in a cluster, separated by commas; replaces the environment's. */
  readonly role?: string
}

type Environment = Readonly<Record<string, string | undefined>>

const withRole = (env: Environment, { role }: ServeOptions): Environment =>
  role === undefined ? env : { ...env, BACKSCROLL_PROFILE: 'cluster', BACKSCROLL_ROLES: role }

/** Runs the server until a signal stops it. Rejects when it cannot start. */
export const serve = async (env: Environment, options: ServeOptions): Promise<void> => {
  const config = loadConfig(withRole(env, options))
  const logger = createLogger({ level: config.logLevel })
  const slow = logger.isLevelEnabled('info') ? watchSlowStart() : undefined
  const server = await start(config, logger, (step) => slow?.doing(step))
  slow?.end()
  server.failed.catch((error: unknown) => {
    logger.fatal({ err: error }, 'live delivery has failed')
    process.exit(exitCodes.failed)
  })
  closeWithGrace({ delay: config.shutdownGraceMs, logger }, ({ err, signal }) => {
    if (signal !== undefined) logger.info({ signal }, 'stopping: what was accepted is stored first')
    if (err !== undefined) logger.fatal({ err }, 'an error was not handled: this process ends')
    return server.stop()
  })
  process.stdout.write(greeting(config, server.url))
}
