import { z } from 'zod'
import { signedDeparture } from '../departure.ts'
import { conversationId, userId } from '../ids.ts'
import { role } from '../role.ts'
import { commandNumbers, nextCursor } from './shared-fields.ts'

export const memberParams = z.object({ conversationId, userId })

/** Signed by the device [E9]. */
export const removeMember = z.strictObject({ ...commandNumbers, ...signedDeparture })

export const member = z.object({
  userId: z.string(),
  role,
  invited: z.boolean().default(false).describe('Whether the user was asked and has not agreed yet.'),
})

export const memberPage = z.object({ items: z.array(member), cursor: nextCursor })

export type Member = z.output<typeof member>
