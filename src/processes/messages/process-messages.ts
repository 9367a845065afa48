import { z } from 'zod'
import type { ProcessReport } from '../../ports/processes.ts'

const asked = z.object({ id: z.string(), replyTo: z.string() })

const count = z.number().nonnegative()
const answered = z.object({
  id: z.string(),
  report: z.object({
    processId: z.string(),
    roles: z.array(z.string()),
    ...{ connections: count, transfers: count, waitingReads: count, unreadBytes: count },
  }),
})

/** A question to all processes. */
export type AskedProcesses = z.output<typeof asked>

export const encodeAskedProcesses = (message: AskedProcesses): string => JSON.stringify(message)
export const encodeProcessAnswer = (message: { readonly id: string; readonly report: ProcessReport }): string =>
  JSON.stringify(message)

/** Both throw for anything that is not a message of this kind. */
export const decodeAskedProcesses = (text: string): AskedProcesses => asked.parse(JSON.parse(text))
export const decodeProcessAnswer = (text: string): z.output<typeof answered> => answered.parse(JSON.parse(text))
