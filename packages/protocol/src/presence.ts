import { z } from 'zod'

/**
 * What one user is shown of another [M7]. A user who does not exist, or who hides from the viewer, looks like a
 * user who is offline.
 */
export const presence = z.object({
  userId: z.string(),
  online: z.boolean(),
  lastSeenAt: z
    .int()
    .nullable()
    .describe(
      'Milliseconds since the Unix epoch, rounded down to the minute. Null while the user is online or hides it.',
    ),
})

export type Presence = z.output<typeof presence>
