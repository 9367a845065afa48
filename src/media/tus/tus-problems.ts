import { type ErrorCode, ProtocolError } from '@backscroll/protocol/errors'

const byStatus: Readonly<Record<number, ErrorCode>> = {
  404: 'not_found',
  409: 'upload_offset',
  410: 'not_found',
  412: 'unsupported_tus',
  413: 'too_large',
}

interface TusFailure {
  readonly status_code: number
  readonly body: string
}

const isTusFailure = (failure: unknown): failure is TusFailure =>
  typeof failure === 'object' && failure !== null && 'status_code' in failure && 'body' in failure

const reasonOf = (text: string): string => text.trim().slice(0, 200)

const isStopped = ({ status_code, body }: TusFailure): boolean =>
  status_code === 400 && body.startsWith('Request aborted')

/** Converts a refusal of the library. `text` is the library's message, in plain ASCII. */
export const problemOfStatus = (status: number, text: string): ProtocolError =>
  new ProtocolError(byStatus[status] ?? 'invalid', undefined, { details: { in: 'headers', reason: reasonOf(text) } })

/** Converts a failure for the client. Unexpected failures are returned as plain errors, for the log. */
export const problemOf = (failure: unknown): unknown => {
  if (!isTusFailure(failure)) return failure
  // Another request wants the upload, or the client has disconnected.
  if (isStopped(failure)) return new ProtocolError('upload_locked', undefined, { retryAfterMs: 1_000 })
  if (failure.status_code === 501 || failure.status_code < 500)
    return problemOfStatus(failure.status_code, failure.body)
  return new Error(failure.body)
}
