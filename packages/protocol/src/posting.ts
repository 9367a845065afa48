import { z } from 'zod'

/**
 * Who may send new messages, replies and edits in a group. `admins`: only owners and admins, as in a group for
 * announcements.
 */
export const posting = z.enum(['everyone', 'admins'])

export type Posting = z.output<typeof posting>
