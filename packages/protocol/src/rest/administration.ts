import { z } from 'zod'
import { limits } from '../limits.ts'
import { userRole } from './accounts.ts'
import { actQuery } from './audit.ts'
import { queryInteger } from './query-values.ts'
import { nextCursor } from './shared-fields.ts'

export const deactivationQuery = actQuery.extend({
  until: queryInteger(0)
    .optional()
    .describe('When the account is active again by itself, in server time; without it, when an admin says so.'),
})

/** In the body and not in the URL, because proxies log URLs. */
export const userSearch = z.strictObject({
  login: z.string().min(1).max(254).optional().describe('The whole login name, however it is written.'),
  prefix: z.string().max(254).optional().describe('With which a login name, as it is stored, or a user id begins.'),
  cursor: z.string().max(limits.cursor).optional(),
  limit: z.int().min(1).max(limits.page.maximum).default(limits.page.default),
})

const deactivation = z.object({
  by: z.enum(['user', 'admin']),
  at: z.int(),
  until: z.int().nullable().describe('When it ends by itself; null: when an admin says so.'),
  reason: z.string().nullable(),
})

const administeredUser = z.object({
  userId: z.string(),
  login: z.string().nullable(),
  origin: z.enum(['local', 'external']).describe('Whether this server signs the user in.'),
  status: z.enum(['active', 'deactivated']),
  deactivation: deactivation.nullable(),
  roles: z.array(userRole).describe('Of an external user the token has others.'),
  createdAt: z.int(),
})

export const administeredUserPage = z.object({
  items: z.array(administeredUser).describe('Ordered by user id'),
  cursor: nextCursor,
})

export const userOverview = administeredUser.extend({
  devices: z.array(
    z.object({ deviceId: z.string(), addedAt: z.int(), revokedAt: z.int().nullable(), hasKey: z.boolean() }),
  ),
  conversations: z.int().describe('In which the user is, up to 10,000'),
  requests: z.int().describe('Conversations that wait for the answer of the user'),
  blocks: z.int().describe('How many users this one has blocked; nobody is told whom'),
  storedBytes: z.object({
    lastHour: z.int().describe('As far as this process knows'),
    perHour: z.int().describe('The limit'),
  }),
})
