import { z } from 'zod'
import { userRole } from './accounts.ts'
import { password, personText } from './shared-fields.ts'

const audience = z.enum(['everyone', 'contacts', 'nobody'])

export const privacy = z.strictObject({
  online: audience.describe('Who may see whether you are online. You do not see users from whom you hide.'),
  lastSeen: audience.describe('Who of those may also see when you were last online, to the minute.'),
  readReceipts: z.boolean().describe('When off, only your own devices are told what you have read.'),
  findableByLogin: z
    .boolean()
    .describe('When on, people who know your login name can look up your user id (`lookUpUser`).'),
})

const largestSettings = 16_384

export const accountChange = z.strictObject({
  displayName: personText(100).nullable().optional(),
  about: personText(500).nullable().optional(),
  privacy: privacy.partial().optional(),
  settings: z
    .record(z.string().max(128), z.unknown())
    .refine((value) => JSON.stringify(value).length <= largestSettings, `must be at most ${largestSettings} characters`)
    .optional()
    .describe("The clients' own; replaced as a whole."),
})

export const ownAccount = z.object({
  userId: z.string(),
  deviceId: z.string(),
  roles: z.array(userRole),
  expiresAt: z.int().describe('When the access token expires, milliseconds since the Unix epoch.'),
  login: z.string().nullable(),
  displayName: z.string().nullable(),
  about: z.string().nullable(),
  privacy,
  settings: z.record(z.string(), z.unknown()),
  identityKey: z.string().nullable(),
})

export const passwordChange = z.strictObject({ current: password, next: password })
export const confirmation = z.strictObject({ password: password.optional() })
