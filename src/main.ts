import closeWithGrace from 'close-with-grace'
import { startEmbedded } from './compose/embedded.ts'
import { ConfigError, loadConfig } from './config.ts'
import { createLogger } from './observability/logger.ts'
import { OperatorError } from './ports/operator-error.ts'

/** `npm start`: the embedded profile, one process, until a signal stops it. */
const greeting = (url: string, directory: string): string => `
Backscroll is running (embedded profile, data in ${directory})
  WebSocket   ${url.replace(/^http/, 'ws')}/ws
  REST        ${url}
  API pages   ${url}/docs   (WebSocket protocol: ${url}/docs/ws)
  Health      ${url}/readyz   Metrics: ${url}/metrics

Get an access token:   npm run --silent token -- --user alice --device phone
Watch two users talk:  npm run demo
`

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

const run = async (): Promise<void> => {
  const config = loadConfig(process.env)
  const logger = createLogger({ level: config.logLevel })
  const server = await startEmbedded(config, logger)
  server.failed.catch((error: unknown) => {
    logger.fatal({ err: error }, 'live delivery has failed')
    process.exit(1)
  })
  closeWithGrace({ delay: config.shutdownGraceMs, logger }, () => server.stop())
  process.stdout.write(greeting(server.url, config.dataDirectory))
}

run().catch(fail)
