import { z } from 'zod'
import { limits } from '../limits.ts'
import { cursor, limit } from './query-values.ts'
import { actor } from './shared-fields.ts'

/** Why an admin acts. A word, never a text about a person, because the audit is kept for ever. */
export const actReason = z.enum([
  'abuse',
  'spam',
  'illegal',
  'security',
  'requested',
  'mistake',
  'maintenance',
  'other',
])

/** The query of every admin act. */
export const actQuery = z.strictObject({
  reason: actReason.optional().describe('Why; it is kept in the audit.'),
})

export const auditQuery = z.strictObject({ cursor, limit: limit(limits.page) })

export const auditEntry = z.object({
  id: z.string(),
  at: z.int().describe('Server time, milliseconds since the Unix epoch'),
  by: actor.nullable().describe('Null: an operator at the command line, or the server itself'),
  act: z.string().describe('What was done, as in docs/operations.md; there may be more words later'),
  userId: z.string().optional().describe('About whom'),
  deviceId: z.string().optional(),
  conversationId: z.string().optional(),
  roles: z.array(z.string()).optional(),
  until: z.int().optional().describe('When it ends by itself'),
  views: z.array(z.string()).optional(),
  stream: z.string().optional(),
  process: z.string().optional(),
  reportId: z.string().optional(),
  outcome: z.string().optional().describe('What came of the report'),
  reason: z.string().optional(),
})

export const auditPage = z.object({
  items: z.array(auditEntry).describe('Newest first'),
  cursor: z.string().optional(),
})
