import { z } from 'zod'

/** When something was in an encryption group: its generation, and the epoch within it. */
export const moment = z.object({ generation: z.int(), epoch: z.int() })
export type Moment = z.output<typeof moment>
