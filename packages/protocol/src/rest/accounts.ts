import { z } from 'zod'
import { deviceId, userId } from '../ids.ts'
import { password, personText } from './shared-fields.ts'

/** What a user may do on the server. */
export const userRole = z.enum(['user', 'analyst', 'admin'])

export const userParams = z.object({ userId })
export const adminDeviceParams = z.object({ userId, deviceId })

export const newAccount = z.strictObject({
  login: z.string().min(1).max(254),
  password,
  displayName: personText(100).optional(),
  findableByLogin: z.boolean().optional().describe('As in `Privacy`; default: as the operator has set it.'),
})

export const registered = z.object({ userId: z.string() })

/** Normalised as at registration: case and width of letters do not count. */
export const userLookup = z.strictObject({ login: z.string().min(1).max(254) })
export const foundUser = z.object({ userId: z.string() })

/** What others see of a user. */
export const person = z.object({
  userId: z.string(),
  displayName: z.string().nullable(),
  about: z.string().nullable(),
  identityKey: z.string().nullable(),
})

export const roleChange = z.strictObject({ roles: z.array(userRole).max(3) })
