import { randomBytes } from 'node:crypto'
import type { Config } from '../../config/config.ts'
import { createDeviceProofs } from '../../identity/tokens/proofs/device-proofs.ts'
import { createIsOwnUrl } from '../../identity/tokens/proofs/own-urls.ts'
import { createProofNonces } from '../../identity/tokens/proofs/proof-nonces.ts'
import { createSeenProofs } from '../../identity/tokens/proofs/seen-proofs.ts'
import type { DeviceProofs } from '../../ports/identity/access.ts'
import type { AccountStore } from '../../ports/identity/account-store.ts'

/**
 * Every process of an installation issues nonces that the others believe: their secret is in the accounts'
 * database.
 */
export const openDeviceProofs = async (
  { oauth }: { readonly oauth: Pick<Config['oauth'], 'publicUrl'> },
  store: Pick<AccountStore, 'secret'>,
  now: () => number = Date.now,
): Promise<DeviceProofs> => {
  const secret = await store.secret('proof nonces', randomBytes(32).toString('base64url'))
  return createDeviceProofs({
    nonces: createProofNonces(secret, now),
    seen: createSeenProofs(now),
    isOwnUrl: createIsOwnUrl(oauth.publicUrl),
  })
}
