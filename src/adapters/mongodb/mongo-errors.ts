import {
  MongoBulkWriteError,
  type MongoClient,
  MongoCompatibilityError,
  MongoNetworkError,
  MongoServerError,
  MongoServerSelectionError,
} from 'mongodb'
import { OperatorError } from '../../ports/errors/operator-error.ts'
import { UnavailableError } from '../../ports/errors/unavailable-error.ts'

/**
 * The server's answers when the server itself is the problem, not the request: time is over, no primary, shutting
 * down, no majority.
 */
const unavailable: ReadonlySet<number> = new Set([6, 7, 50, 64, 89, 91, 189, 262, 9001, 10107, 11600, 11602, 13435])

/** Errors of the driver that have no class. */
const outOfReach: ReadonlySet<string> = new Set([
  'MongoWaitQueueTimeoutError',
  'MongoPoolClosedError',
  'MongoNotConnectedError',
  'MongoTopologyClosedError',
  'MongoClientClosedError',
])

/** The error inside a failed bulk write, which the driver wraps. */
const causeOf = (error: unknown): unknown =>
  error instanceof MongoBulkWriteError && error.errorResponse instanceof Error ? error.errorResponse : error

const isUnavailable = (error: unknown): boolean => {
  if (error instanceof MongoServerError) return unavailable.has(Number(error.code))
  if (error instanceof MongoNetworkError || error instanceof MongoServerSelectionError) return true
  // The driver passes some errors of a socket on unchanged.
  return error instanceof Error && (outOfReach.has(error.name) || 'syscall' in error)
}

/** Every call to the server goes through here. */
export const answering = async <Result>(work: () => Promise<Result>): Promise<Result> => {
  try {
    return await work()
  } catch (cause) {
    if (!isUnavailable(causeOf(cause))) throw cause
    throw new UnavailableError('MongoDB does not answer', { cause })
  }
}

const placeOf = ({ options }: MongoClient): string => options.srvHost ?? options.hosts.map(String).join(', ')

const authenticationFailed = 18
const unauthorized = 13

const reasonOf = (cause: unknown, client: MongoClient): string => {
  if (cause instanceof MongoCompatibilityError) return 'the server is older than MongoDB 4.4'
  const code = cause instanceof MongoServerError ? Number(cause.code) : 0
  if (code === authenticationFailed) return 'the server refuses the user or the password'
  if (code === unauthorized) return 'the user may not use this database'
  return `no MongoDB server answers at ${placeOf(client)}`
}

export const refused = (cause: unknown, client: MongoClient): OperatorError =>
  new OperatorError(`BACKSCROLL_MONGODB_URL: ${reasonOf(cause, client)}`, { cause })

/** The codes of the server that are expected. */
export const isDuplicateKey = (code: unknown): boolean => code === 11000
const codeOf = (error: unknown): unknown => (error instanceof MongoServerError ? error.code : undefined)
export const isMissing = (error: unknown): boolean => codeOf(error) === 26
export const existsAlready = (error: unknown): boolean => codeOf(error) === 48
export const isOtherIndex = (error: unknown): boolean => [85, 86].includes(Number(codeOf(error)))
