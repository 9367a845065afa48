import { z } from 'zod'
import type { Access } from '../ports/access.ts'
import { deviceId, userId } from '../protocol/ids.ts'

export const userRoles = ['user', 'analyst', 'admin'] as const

/** What a token must say beyond issuer and audience. `exp` in seconds since the Unix epoch. */
const claims = z.object({
  sub: userId,
  device: deviceId,
  roles: z.array(z.enum(userRoles)).max(userRoles.length).default(['user']),
  exp: z.number().positive(),
})

/** Undefined when a claim is missing or is not of its form. A token that names no role is a user's. */
export const accessOfClaims = (payload: unknown): Access | undefined => {
  const parsed = claims.safeParse(payload)
  if (!parsed.success) return undefined
  const { sub, device, roles, exp } = parsed.data
  return { userId: sub, deviceId: device, roles: roles.length === 0 ? ['user'] : roles, expiresAt: exp * 1000 }
}
