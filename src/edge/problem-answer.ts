import { errorKinds, type ProtocolError } from '@backscroll/protocol/errors'
import { retryAfterOf } from '@backscroll/protocol/retry-after'
import { problemOf } from './problem-details.ts'

/** An HTTP answer that says an error [R3], whoever sends it. */
export interface ProblemAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

const headersOf = (error: ProtocolError): ProblemAnswer['headers'] => {
  const wait = retryAfterOf(error)
  return {
    'content-type': 'application/problem+json',
    ...(errorKinds[error.code].status === 401 && { 'www-authenticate': 'Bearer' }),
    ...(wait !== undefined && { 'retry-after': wait }),
    ...(error.code === 'upgrade_required' && { upgrade: 'websocket', 'sec-websocket-version': '13' }),
  }
}

export const problemAnswer = (error: ProtocolError, requestId: string): ProblemAnswer => ({
  status: errorKinds[error.code].status,
  headers: headersOf(error),
  body: JSON.stringify(problemOf(error, requestId)),
})
