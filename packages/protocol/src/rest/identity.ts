import { z } from 'zod'
import { base64Of } from '../base64.ts'
import { revocationSchema, successionSchema } from '../identity-statements.ts'
import { recoveryRecord } from '../recovery-record.ts'
import { password, personText } from './shared-fields.ts'

export const signedRevocation = z.strictObject({ statement: revocationSchema })

export const identityRenewal = z.strictObject({
  succession: successionSchema,
  recovery: recoveryRecord.optional().describe('The new recovery record, signed by the new identity key.'),
})

export const identityReset = z.strictObject({
  name: personText(64).optional(),
  signatureKey: base64Of(32),
  certificate: base64Of(64),
  identityKey: base64Of(32).describe('The new one.'),
  password: password.optional().describe('Needed if the account has one.'),
})

/** What is stored is the body `recoveryRecord`. */
export const recoveryBlob = z.object({
  blob: z.string(),
  number: z.int().describe('0 if an earlier version of the server stored it.'),
  signature: z
    .string()
    .nullable()
    .describe('Signed by the identity key. Null if an earlier version of the server stored it.'),
  at: z.int(),
})
