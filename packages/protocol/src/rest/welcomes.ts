import { z } from 'zod'
import { conversationId, revision } from '../ids.ts'
import { nextCursor } from './shared-fields.ts'

export const blob = z.object({ hash: z.string(), size: z.int() }).describe('Bytes at /conversations/{id}/blobs/{hash}.')

export const welcome = z.object({
  conversationId: z.string(),
  revision: z.int().describe('The revision of the event that added the device. The acknowledgement names it.'),
  at: z.int(),
  generation: z.int(),
  epoch: z.int(),
  welcome: blob,
})

export const welcomePage = z.object({ items: z.array(welcome), cursor: nextCursor })

/** The body, and the answer that confirms it. */
export const acknowledgeWelcome = z.strictObject({ conversationId, revision })

export type Welcome = z.output<typeof welcome>
