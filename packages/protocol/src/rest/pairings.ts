import { z } from 'zod'
import { queryIntegerOr } from './query-values.ts'
import { base64UpTo } from './shared-fields.ts'

export const pairingParams = z.object({ pairingId: z.string().regex(/^[A-Za-z0-9_-]{22}$/) })

export const pairing = z.object({
  pairingId: z.string(),
  deviceId: z.string().describe('The device that asks to be approved.'),
  createdAt: z.int(),
  expiresAt: z.int(),
})
export const pairingList = z.object({ pairings: z.array(pairing) })

export const pairingPayload = z.strictObject({ payload: base64UpTo(16_384) })
export const pairingMessageNumber = z.object({ number: z.int() })

export const pairingMessagesQuery = z.strictObject({ after: queryIntegerOr(0, 0) })
export const pairingMessage = z.object({
  number: z.int(),
  deviceId: z.string(),
  payload: z.string(),
  at: z.int(),
})
export const pairingMessages = z.object({ messages: z.array(pairingMessage) })
