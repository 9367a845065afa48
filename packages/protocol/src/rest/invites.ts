import { z } from 'zod'

/** 32 bytes in base64url. */
const bytes32 = z.string().regex(/^[A-Za-z0-9_-]{43}$/, 'must be base64url of 32 bytes')

const maxAge = 365 * 86_400

export const newInvite = z.strictObject({
  inviteId: bytes32.describe('SHA-256 of the token: the token itself is in the link alone.'),
  expiresInSeconds: z
    .int()
    .min(60)
    .max(maxAge)
    .default(7 * 86_400),
  maxUses: z.int().min(1).max(1_000).default(1).describe('People who may use it, each as often as they like.'),
})

export const invite = z.object({
  inviteId: z.string(),
  createdAt: z.int(),
  expiresAt: z.int(),
  uses: z.int().describe('People who have used it.'),
  maxUses: z.int(),
})
export const inviteList = z.object({ items: z.array(invite) })
export const inviteParams = z.object({ inviteId: bytes32 })

export const inviteToken = z.strictObject({ token: bytes32.describe('Out of the link: 32 bytes.') })
export const redeemedInvite = z.object({ userId: z.string().describe('The user who created the invite.') })
