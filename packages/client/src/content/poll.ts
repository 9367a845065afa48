import { z } from 'zod'

const mostOptions = 20

export const poll = z.object({
  question: z.string().min(1).max(1_000),
  options: z.array(z.string().min(1).max(200)).min(2).max(mostOptions),
  /** A vote may name several options. */
  multiple: z.boolean().optional(),
})

export type Poll = z.output<typeof poll>

/** A vote is sent as a reaction to the poll. It names options by their places; none: the vote is taken back. */
export const vote = z.object({ options: z.array(z.int().min(0)).max(mostOptions) })
