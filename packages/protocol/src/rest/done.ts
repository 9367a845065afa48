import { z } from 'zod'

/** The answer that only confirms. */
export const done = z.object({ ok: z.literal(true) })
