import { z } from 'zod'

/** When something was in an encryption group: its generation, and the epoch within it. */
export const groupEpoch = z.object({ generation: z.int(), epoch: z.int() })
export type GroupEpoch = z.output<typeof groupEpoch>
