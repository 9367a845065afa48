import { z } from 'zod'
import { role } from '../role.ts'
import { facts } from './conversations.ts'
import { lastMessage } from './messages.ts'
import { nextCursor } from './shared-fields.ts'

export const watermarks = z.object({ delivered: z.int(), read: z.int() })

export const inboxEntry = z.object({
  conversation: facts,
  role,
  peer: z.string().nullable().describe('The other user of a direct conversation.'),
  lastMessage: lastMessage.nullable(),
  unread: z.int().describe('Counted up to a cap: 100 means "more than 99".'),
  watermarks,
})

export const inboxPage = z.object({ items: z.array(inboxEntry), cursor: nextCursor })

export type InboxEntry = z.output<typeof inboxEntry>
