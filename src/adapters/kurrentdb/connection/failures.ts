import {
  AccessDeniedError,
  MaxAppendSizeExceededError,
  StreamDeletedError,
  WrongExpectedVersionError,
} from '@eventstore/db-client'
import { LogError } from '../../../ports/errors/log-error.ts'

export const conflict = (actual: number): LogError =>
  new LogError('wrong_expected_revision', `The stream is at revision ${actual}`, actual)

/** Last revision of the stream that an append met; -1 if there is none. */
export const actualRevision = ({ actualVersion }: WrongExpectedVersionError): number =>
  typeof actualVersion === 'bigint' ? Number(actualVersion) : -1

/** Newer servers have a limit for an event beside the one for an append; the client does not know its error. */
const exceedsLimit = (error: unknown): boolean =>
  error instanceof MaxAppendSizeExceededError || /maximum append (event )?size/i.test(reasonOf(error))

/** Many errors of the client have no message, and no name of their own. */
export const reasonOf = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error)
  if (error.message !== '') return error.message
  return 'type' in error && typeof error.type === 'string' ? error.type : error.name
}

const tooLarge = (error: unknown): string => {
  const limit = error instanceof MaxAppendSizeExceededError ? ` (${error.maxAppendSize} bytes)` : ''
  return `The append is larger than the server takes${limit}: its MaxAppendSize says how much`
}

/** The port's error for a failure that no retry can mend; undefined for every other one. */
export const finalError = (error: unknown): LogError | undefined => {
  if (error instanceof LogError) return error
  if (error instanceof WrongExpectedVersionError) return conflict(actualRevision(error))
  if (exceedsLimit(error)) return new LogError('event_too_large', tooLarge(error))
  if (error instanceof AccessDeniedError)
    return new LogError('log_unavailable', 'The server refuses the user', undefined, { cause: error })
  if (error instanceof StreamDeletedError) return new LogError('stream_closed', 'The stream was ended in the event log')
  return undefined
}
