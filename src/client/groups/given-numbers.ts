import { z } from 'zod'

/**
 * The numbers that this device has signed changes of roles with since the group was last at another place, or a role
 * changed: by the command's number.
 */
export const givenNumbers = z.object({
  generation: z.int(),
  epoch: z.int(),
  changes: z.int(),
  of: z.record(z.string(), z.int()),
})

export type GivenNumbers = z.output<typeof givenNumbers>
