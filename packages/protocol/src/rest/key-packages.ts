import { z } from 'zod'
import { statements } from './devices.ts'
import { base64UpTo } from './shared-fields.ts'

/** A key package is under a kilobyte; this is room for extensions. */
const keyPackage = base64UpTo(8192).describe('An MLSMessage that contains a KeyPackage.')

export const offeredKeyPackages = z.strictObject({
  keyPackages: z.array(keyPackage).max(100),
  lastResort: keyPackage.optional(),
})

export const keyPackageCount = z.object({ oneTime: z.int(), lastResort: z.boolean() })

export const claimRequest = z.strictObject({
  claimId: z
    .string()
    .regex(/^[A-Za-z0-9._:-]{1,64}$/, 'must be 1 to 64 letters, digits and ._:-')
    .describe('Made by the claimant: the same id gets the same packages again.'),
})

export const claimedPackage = z.object({ deviceId: z.string(), keyPackage: z.string(), lastResort: z.boolean() })
export const claimed = z.object({
  packages: z.array(claimedPackage),
  without: z.array(z.string()).describe('Devices that have no package left: they cannot be added now.'),
  statements,
})

export type KeyPackageCount = z.output<typeof keyPackageCount>
