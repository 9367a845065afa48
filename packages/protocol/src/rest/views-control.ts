import { z } from 'zod'

const count = z.string().regex(/^\d+$/)
const position = count.describe('A position in the log, decimal')
const positions = z
  .string()
  .regex(/^\d+(,\d+)*$/)
  .describe('One position for each event log, decimal')

const viewReport = z.object({
  view: z.string(),
  generation: z.string(),
  position: positions,
  behind: count.describe('Positions that it lacks'),
})
const parkedStream = z.object({ stream: z.string(), revision: z.int(), position, error: z.string() })

export const viewsReport = z.object({
  head: positions,
  views: z.array(viewReport),
  rebuilding: z.array(z.string()).describe('Views that are being built beside those that are served'),
  parked: z.array(parkedStream).describe('The first 100, in the order of the log'),
  parkedCount: z.int(),
})

export const rebuildRequest = z.strictObject({
  views: z.array(z.string().min(1).max(64)).max(64).describe('All if none is named'),
})
export const retryRequest = z.strictObject({ stream: z.string().min(1).max(400) })
export const retryResult = z.object({ parked: z.boolean().describe('Whether it had to be parked again') })
