import { z } from 'zod'
import { base64Of } from '../base64.ts'
import { voucher, voucherChain } from '../device-credential.ts'
import { identityStatement, revocationSchema } from '../identity-statements.ts'
import { deviceId } from '../ids.ts'
import { personText } from './shared-fields.ts'

export const deviceParams = z.object({ deviceId })

const name = personText(64)
export const deviceName = z.strictObject({ name: name.nullable() })

export const newDevice = z.strictObject({
  name: name.optional(),
  signatureKey: base64Of(32).describe('Ed25519 public key: also the signature key of its MLS leaves.'),
  certificate: base64Of(64).describe(
    "The signature over this device, of the identity key or of the chain's last device.",
  ),
  chain: voucherChain
    .optional()
    .describe('The devices that vouch for it, from the one that the identity key certified to the last.'),
  identityKey: base64Of(32)
    .optional()
    .describe('Ed25519 public key of the user: from the first device, which registers it.'),
  revocation: revocationSchema
    .optional()
    .describe('Makes room for this device: signed by the identity key, with this device among those that are kept.'),
})

/** The user's statements: absent from a server that is older than these. */
export const statements = z
  .array(identityStatement)
  .default([])
  .describe("The user's signed statements about devices and the identity key, oldest first.")

const chain = voucherChain
  .optional()
  .describe('The devices that vouch for it; left out if the identity key certified it.')

export const device = z.object({
  deviceId: z.string(),
  name: z.string().nullable(),
  signatureKey: z
    .string()
    .nullable()
    .describe('Null if the device has only ever shown a token: it cannot be in a group.'),
  certificate: z.string().nullable(),
  chain,
  addedAt: z.int(),
})

export const deviceList = z.object({
  identityKey: z.string().nullable(),
  devices: z.array(device),
  statements,
  limit: z.int().default(1_000).describe('How many devices with a key you may have.'),
  recovery: z.boolean().default(false).describe('Whether something is stored that a recovery key opens.'),
  recoveryNumber: z
    .int()
    .default(0)
    .describe('The number of the stored record; the next record needs a larger number.'),
})

export const certifiedDevice = voucher.extend({ chain }).strip()
export const certifiedDevices = z.object({
  identityKey: z.string().nullable(),
  devices: z.array(certifiedDevice),
  statements,
})

export type DeviceList = z.output<typeof deviceList>
