import { z } from 'zod'

/** What a member of a conversation may do. */
export const role = z.enum(['owner', 'admin', 'member'])
