import { z } from 'zod'
import { password, personText } from './shared-fields.ts'

const base64url = z.base64url().max(16_384)

export const withPassword = z.strictObject({ password })
export const codeOfApp = z.strictObject({ code: z.string().regex(/^\d{6}$/, 'must be six digits') })
export const passkeyParams = z.object({ credentialId: z.base64url().min(1).max(1400) })

/** An authenticator's answer as browsers write it (`toJSON`); fields that this server does not read are left out. */
export const newPasskey = z.strictObject({
  name: personText(64).nullable().optional(),
  answer: z
    .object({
      id: z.base64url().max(1400),
      rawId: z.base64url().max(1400),
      type: z.literal('public-key'),
      response: z.object({
        clientDataJSON: base64url,
        attestationObject: base64url,
        transports: z
          .array(z.enum(['ble', 'cable', 'hybrid', 'internal', 'nfc', 'smart-card', 'usb']))
          .max(8)
          .optional(),
      }),
    })
    .describe('What `navigator.credentials.create` answered, as `toJSON` writes it.'),
})

export const passkeyShown = z.object({
  credentialId: z.string(),
  name: z.string().nullable(),
  addedAt: z.int(),
  usedAt: z.int().nullable(),
})

export const factorStatus = z.object({
  totp: z.boolean().describe('Does an authenticator app show codes for this account?'),
  passkeys: z.array(passkeyShown),
  recoveryCodes: z.int().describe('Recovery codes that were not used yet.'),
})

export const offeredTotp = z.object({
  secret: z.string().describe('Base32, to be typed in where a picture cannot be read.'),
  uri: z.string().describe('An otpauth URL.'),
  qr: z.string().describe('The same as a QR picture, SVG.'),
})

export const recoveryCodes = z.object({
  recoveryCodes: z.array(z.string()).describe('Shown this once. Empty when the account has some already.'),
})

/** PublicKeyCredentialCreationOptionsJSON. */
export const creationOptions = z.record(z.string(), z.unknown()).describe('For `parseCreationOptionsFromJSON`.')
