import { z } from 'zod'

const name = z.string().min(1).max(400)

const parkedReaction = z.object({
  process: z.string().describe('The process: leave-conversations, remove-devices or announcements'),
  stream: z.string(),
  revision: z
    .int()
    .nullable()
    .describe("The event's revision. Null for a notice of the accounts, which is not an event yet"),
  position: z.string().regex(/^\d+$/).nullable().describe('A position in the log, decimal'),
  type: z.string().describe('The type of the event or notice'),
  attempts: z.int(),
  error: z.string(),
  at: z.int().describe('When it was tried last, milliseconds since the Unix epoch'),
})

export const reactionsReport = z.object({
  parked: z.array(parkedReaction).describe('The first 100 that were parked'),
  parkedCount: z.int(),
})

export const reactionRetryRequest = z.strictObject({ process: name, stream: name })
