import { z } from 'zod'
import { limits } from '../limits.ts'
import { wireEvent } from '../server-frames.ts'
import { atLeast, limit, queryIntegerOr } from './query-values.ts'

/** A conversation's own stream, by revision. */
export const eventsQuery = z.strictObject({ from: queryIntegerOr(0, 0), limit: limit(limits.syncPage), atLeast })

export const eventPage = z.object({
  events: z.array(wireEvent),
  next: z.int().optional().describe('Pass it on as `from` to get the next page; absent at the end.'),
})

export type EventPage = z.output<typeof eventPage>
