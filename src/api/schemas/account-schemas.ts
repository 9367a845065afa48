import { base64, base64Of } from '@backscroll/protocol/base64'
import { voucherChain } from '@backscroll/protocol/device-credential'
import { identityStatement, revocationSchema, successionSchema } from '@backscroll/protocol/identity-statements'
import { deviceId, userId } from '@backscroll/protocol/ids'
import { recoveryRecord } from '@backscroll/protocol/recovery-record'
import { z } from 'zod'

/** Bytes in base64, of at most so many characters. */
export const base64UpTo = (characters: number) => base64.min(4).max(characters)

/** What people read: anything but control characters. */
const personText = (most: number) =>
  z
    .string()
    .regex(/^\P{Cc}*$/u, 'must not hold control characters')
    .max(most)

export const deviceParams = z.object({ deviceId })
export const userParams = z.object({ userId })
export const pairingParams = z.object({ pairingId: z.string().regex(/^[A-Za-z0-9_-]{22}$/) })

const role = z.enum(['user', 'analyst', 'admin'])
const name = personText(64)
const password = z.string().min(1).max(1024)

export const newAccount = z.strictObject({
  login: z.string().min(1).max(254),
  password,
  displayName: personText(100).optional(),
})

export const privacy = z.strictObject({
  lastSeen: z.enum(['everyone', 'contacts', 'nobody']),
  readReceipts: z.boolean().describe('Off: what you read is told to your own devices alone.'),
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

export const passwordChange = z.strictObject({ current: password, next: password })
export const confirmation = z.strictObject({ password: password.optional() })
export const roleChange = z.strictObject({ roles: z.array(role).max(3) })

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
    .describe('By the identity key, with this device among those that are kept: makes room for it.'),
})

export const signedRevocation = z.strictObject({ statement: revocationSchema })
export const identityRenewal = z.strictObject({
  succession: successionSchema,
  recovery: recoveryRecord.optional().describe('What the recovery key opens from now on, signed by the successor.'),
})
export const identityReset = z.strictObject({
  name: name.optional(),
  signatureKey: base64Of(32),
  certificate: base64Of(64),
  identityKey: base64Of(32).describe('The new one.'),
  password: password.optional().describe('Of an account that has one.'),
})
export const adminDeviceParams = z.object({ userId, deviceId })
const statements = z
  .array(identityStatement)
  .describe('What the user has signed about devices and the identity key, oldest first.')

export const deviceName = z.strictObject({ name: name.nullable() })

/** A key package is under a kilobyte; this is room for extensions. */
const keyPackage = base64UpTo(8192).describe('An MLSMessage that holds a KeyPackage.')

export const offeredKeyPackages = z.strictObject({
  keyPackages: z.array(keyPackage).max(100),
  lastResort: keyPackage.optional(),
})

export const claimRequest = z.strictObject({
  claimId: z
    .string()
    .regex(/^[A-Za-z0-9._:-]{1,64}$/, 'must be 1 to 64 letters, digits and ._:-')
    .describe('Made by the claimant: the same again gets the same packages again.'),
})

export const registered = z.object({ userId: z.string() })

export const ownAccount = z.object({
  userId: z.string(),
  deviceId: z.string(),
  roles: z.array(role),
  expiresAt: z.int().describe('When the access token expires, milliseconds since the Unix epoch.'),
  login: z.string().nullable(),
  displayName: z.string().nullable(),
  about: z.string().nullable(),
  privacy,
  settings: z.record(z.string(), z.unknown()),
  identityKey: z.string().nullable(),
})

export const person = z.object({
  userId: z.string(),
  displayName: z.string().nullable(),
  about: z.string().nullable(),
  identityKey: z.string().nullable(),
})

export const deviceVoucher = z.object({ deviceId: z.string(), signatureKey: z.string(), certificate: z.string() })
const vouchers = z
  .array(deviceVoucher)
  .optional()
  .describe('The devices that vouch for it; left out where the identity key certified it.')

export const device = z.object({
  deviceId: z.string(),
  name: z.string().nullable(),
  signatureKey: z.string().nullable().describe('Null for one that only ever showed a token: it cannot be in a group.'),
  certificate: z.string().nullable(),
  chain: vouchers,
  addedAt: z.int(),
})

export const deviceList = z.object({
  identityKey: z.string().nullable(),
  devices: z.array(device),
  statements,
  limit: z.int().describe('Devices with a key that you may have.'),
  recovery: z.boolean().describe('Something is stored that a recovery key opens.'),
  recoveryNumber: z.int().describe('That of what is stored; the next one has a larger one.'),
})
export const certifiedDevice = deviceVoucher.extend({ chain: vouchers })
export const certifiedDevices = z.object({
  identityKey: z.string().nullable(),
  devices: z.array(certifiedDevice),
  statements,
})

export const keyPackageCount = z.object({ oneTime: z.int(), lastResort: z.boolean() })
export const claimedPackage = z.object({ deviceId: z.string(), keyPackage: z.string(), lastResort: z.boolean() })
export const claimed = z.object({
  packages: z.array(claimedPackage),
  without: z.array(z.string()).describe('Devices that have no package left: they cannot be added now.'),
  statements,
})

export const pairing = z.object({
  pairingId: z.string(),
  deviceId: z.string().describe('The device that asks to be approved.'),
  createdAt: z.int(),
  expiresAt: z.int(),
})
export const pairingMessage = z.object({
  number: z.int(),
  deviceId: z.string(),
  payload: z.string(),
  at: z.int(),
})
export const pairingPayload = z.strictObject({ payload: base64UpTo(16_384) })
export const pairingList = z.object({ pairings: z.array(pairing) })
export const pairingMessageNumber = z.object({ number: z.int() })
export const pairingMessages = z.object({ messages: z.array(pairingMessage) })

export const recoveryBlob = z.object({
  blob: z.string(),
  number: z.int().describe('0 for one that an earlier version stored.'),
  signature: z.string().nullable().describe('By the identity key; null for one that an earlier version stored.'),
  at: z.int(),
})
