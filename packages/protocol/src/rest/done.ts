import { z } from 'zod'

/** The answer that says nothing but that it is done. */
export const done = z.object({ ok: z.literal(true) })
