import { errorKinds, type ProtocolError } from '@backscroll/protocol/errors'
import type { Problem } from '@backscroll/protocol/rest/problem'

export const problemOf = (error: ProtocolError, requestId: string): Problem => {
  const { status, temporary, title } = errorKinds[error.code]
  const type = `urn:backscroll:error:${error.code}`
  return {
    ...{ type, title, status, code: error.code, detail: error.message, temporary, requestId },
    ...(error.details === undefined ? {} : { details: error.details }),
    ...(error.retryAfterMs === undefined ? {} : { retryAfterMs: error.retryAfterMs }),
  }
}
