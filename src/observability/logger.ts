import { type DestinationStream, type Logger, pino } from 'pino'

/** Values under these names, at the top or one level deep, are redacted: credentials and message content. */
const secrets = [
  'authorization',
  'token',
  'accessToken',
  'ciphertext',
  'body',
  'sec-websocket-protocol',
  'cookie',
  'data',
]

const paths = secrets.flatMap((name) => [`["${name}"]`, `*["${name}"]`, `*.*["${name}"]`])

export interface LoggerOptions {
  readonly level: string
  readonly destination?: DestinationStream
}

/** Without the query string: tokens and ids that clients put there by mistake stay out of the logs. */
const pathOf = (url: string | undefined): string => (url ?? '').split('?', 1)[0] ?? ''

const requestFields = (request: { id?: unknown; method?: string; url?: string }) => ({
  id: request.id,
  method: request.method,
  path: pathOf(request.url),
})

/** An error without the values that libraries attach to it (requests, rows, tokens). */
const errorFields = (error: unknown) =>
  error instanceof Error
    ? { type: error.name, message: error.message, stack: error.stack, ...('code' in error ? { code: error.code } : {}) }
    : { type: typeof error }

/** JSON lines on standard output. Never a token, never content. */
export const createLogger = ({ level, destination }: LoggerOptions): Logger =>
  pino(
    {
      level,
      base: {},
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths, remove: true },
      serializers: { req: requestFields, err: errorFields },
    },
    destination ?? pino.destination({ fd: 1, sync: false }),
  )
