import { z } from 'zod'
import { errorCodes } from '../errors.ts'

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

export type Problem = z.output<typeof problem>
