import closeWithGrace from 'close-with-grace'
import { type Config, loadConfig } from '../config/config.ts'
import { ConfigError } from '../config/config-problems.ts'
import { createLogger } from '../observability/logger.ts'
import { OperatorError } from '../ports/errors/operator-error.ts'
import { start } from './start-process.ts'

export interface ServeOptions {
  /** Roles in a cluster, separated by commas: instead of the environment's. */
  readonly role?: string
}

type Environment = Readonly<Record<string, string | undefined>>

const withRole = (env: Environment, { role }: ServeOptions): Environment =>
  role === undefined ? env : { ...env, BACKSCROLL_PROFILE: 'cluster', BACKSCROLL_ROLES: role }

const where = ({ cluster, dataDirectory }: Config): string =>
  cluster === undefined ? `embedded profile, data in ${dataDirectory}` : `cluster, as ${[...cluster.roles].join(', ')}`

const pages = (url: string): string => `  WebSocket   ${url.replace(/^http/, 'ws')}/ws
  REST        ${url}
  API pages   ${url}/docs   (WebSocket protocol: ${url}/docs/ws)
`

const nextSteps = `
Get an access token:   npm run --silent token -- --user alice --device phone
Watch two users talk:  npm run demo
`

const greeting = (config: Config, url: string): string => {
  const { cluster } = config
  const serves = cluster === undefined || cluster.roles.has('api')
  return `
Backscroll is running (${where(config)})
${serves ? pages(url) : ''}  Health      ${url}/readyz   Metrics: ${url}/metrics
${cluster === undefined ? nextSteps : ''}`
}

const operatorMistake = (error: unknown): string | undefined => {
  if (error instanceof ConfigError || error instanceof OperatorError) return error.message
  if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE')
    return 'The port is in use: stop the other process or set BACKSCROLL_PORT to a free one.'
  return undefined
}

const fail = (error: unknown): never => {
  const mistake = operatorMistake(error)
  process.stderr.write(`${mistake ?? (error instanceof Error ? (error.stack ?? error.message) : String(error))}\n`)
  process.exit(mistake === undefined ? 1 : 78)
}

const run = async (env: Environment): Promise<void> => {
  const config = loadConfig(env)
  const logger = createLogger({ level: config.logLevel })
  const server = await start(config, logger)
  server.failed.catch((error: unknown) => {
    logger.fatal({ err: error }, 'live delivery has failed')
    process.exit(1)
  })
  closeWithGrace({ delay: config.shutdownGraceMs, logger }, ({ err }) => {
    if (err !== undefined) logger.fatal({ err }, 'an error that nobody took: this process ends')
    return server.stop()
  })
  process.stdout.write(greeting(config, server.url))
}

/** Runs the server until a signal stops it. What an operator can mend is one line on standard error, and exit code 78. */
export const serve = (env: Environment, options: ServeOptions): Promise<void> => run(withRole(env, options)).catch(fail)
