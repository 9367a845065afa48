import { z } from 'zod'

/** When something was in an encryption group: its generation, and the epoch in that. */
export const moment = z.object({ generation: z.int(), epoch: z.int() })
export type Moment = z.output<typeof moment>
