import { deviceId, userId } from '@backscroll/protocol/ids'
import { z } from 'zod'
import type { Access } from '../../ports/identity/access.ts'

export const userRoles = ['user', 'analyst', 'admin'] as const

/** What a token must state besides issuer and audience. `exp` in seconds since the Unix epoch. */
const claims = z.object({
  sub: userId,
  device: deviceId,
  roles: z.array(z.enum(userRoles)).max(userRoles.length).default(['user']),
  exp: z.number().positive(),
  iat: z.number().positive().optional(),
})

/** Undefined when a claim is missing or malformed. A token that names no role is a plain user's. */
export const accessOfClaims = (payload: unknown): Access | undefined => {
  const parsed = claims.safeParse(payload)
  if (!parsed.success) return undefined
  const { sub, device, roles, exp, iat } = parsed.data
  const access = { userId: sub, deviceId: device, roles: roles.length === 0 ? ['user' as const] : roles }
  return { ...access, expiresAt: exp * 1000, ...(iat !== undefined && { issuedAt: iat * 1000 }) }
}
