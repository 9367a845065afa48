import {
  type ErrorCode,
  type ErrorDetails,
  errorCodes,
  errorKinds,
  type ProtocolError,
} from '@backscroll/protocol/errors'
import { z } from 'zod'

/** RFC 9457 problem details [R3], with the codes that WebSocket `error` frames have too. */
export const problem = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  code: z.enum(errorCodes),
  detail: z.string(),
  temporary: z.boolean(),
  details: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).optional(),
  requestId: z.string(),
  retryAfterMs: z.int().optional(),
})

export interface Problem {
  readonly type: string
  readonly title: string
  readonly status: number
  readonly code: ErrorCode
  readonly detail: string
  readonly temporary: boolean
  readonly details?: ErrorDetails
  readonly requestId: string
  readonly retryAfterMs?: number
}

export const problemOf = (error: ProtocolError, requestId: string): Problem => {
  const { status, temporary, title } = errorKinds[error.code]
  const type = `urn:backscroll:error:${error.code}`
  return {
    ...{ type, title, status, code: error.code, detail: error.message, temporary, requestId },
    ...(error.details === undefined ? {} : { details: error.details }),
    ...(error.retryAfterMs === undefined ? {} : { retryAfterMs: error.retryAfterMs }),
  }
}
