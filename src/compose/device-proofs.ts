import { randomBytes } from 'node:crypto'
import { createDeviceProofs } from '../auth/device-proofs.ts'
import { createIsOwnUrl } from '../auth/own-urls.ts'
import { createProofNonces } from '../auth/proof-nonces.ts'
import { createSeenProofs } from '../auth/seen-proofs.ts'
import type { Config } from '../config.ts'
import type { DeviceProofs } from '../ports/access.ts'
import type { AccountStore } from '../ports/accounts.ts'

/** Every process of an installation tells nonces that the others believe: their secret is in the accounts' database. */
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
