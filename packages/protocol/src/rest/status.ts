import { z } from 'zod'

/** The answer to a probe. */
export const status = z.object({ status: z.string() })
