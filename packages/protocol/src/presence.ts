import { z } from 'zod'

/**
 * What a user is shown of another [M7]. Somebody who may not see it, and somebody who asks for a user who does not exist,
 * is shown a user who is offline.
 */
export const presence = z.object({
  userId: z.string(),
  online: z.boolean(),
  lastSeenAt: z
    .int()
    .nullable()
    .describe(
      'Milliseconds since the Unix epoch, to the minute. Null while the user is online, and where it is not shown.',
    ),
})

export type Presence = z.output<typeof presence>
