import { z } from 'zod'

/** Whose new messages, replies and edits a group accepts. `admins`: owners and admins alone, an announcement group. */
export const posting = z.enum(['everyone', 'admins'])

export type Posting = z.output<typeof posting>
