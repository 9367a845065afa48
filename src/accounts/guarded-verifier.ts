import type { Access, TokenVerifier } from '../ports/access.ts'
import type { SeenDevice, Standing } from '../ports/accounts.ts'
import { type ErrorCode, ProtocolError } from '../protocol/errors.ts'
import { type Admission, admissionOf, rolesOf } from './admission.ts'
import type { Standings } from './standings.ts'

export interface GuardDeps {
  readonly verifier: TokenVerifier
  readonly standings: Standings
  readonly provision: (seen: SeenDevice) => Promise<void>
  readonly now: () => number
}

export interface Guard {
  /** Believes tokens of registered devices alone: everywhere but where a device registers. */
  readonly devices: TokenVerifier
  /** Also those of a device that is still to be registered. */
  readonly newDevices: TokenVerifier
}

/** Of a genuine token, so it may be told what is wrong: who holds it was this user's device. */
const refusalOf = (admission: Admission, admitsNew: boolean): ErrorCode | undefined => {
  if (admission === 'admit') return undefined
  if (admission === 'unregistered') return admitsNew ? undefined : 'unknown_device'
  // It was provisioned a moment ago, and somebody else has the place.
  return admission === 'provision' ? 'unauthenticated' : admission
}

/** Behind the signature: does the account stand, and is the token's device one of its devices? */
export const createGuard = ({ verifier, standings, provision, now }: GuardDeps): Guard => {
  const judge = async (access: Access): Promise<{ admission: Admission; standing: Standing }> => {
    const { userId, deviceId } = access
    const standing = await standings.of(userId)
    const admission = admissionOf(access, standing)
    if (admission !== 'provision' && admission !== 'unregistered') return { admission, standing }
    if (admission === 'provision') await provision({ userId, deviceId, at: now() })
    // What is not known here may have been made by another process meanwhile.
    const fresh = await standings.fresh(userId)
    return { admission: admissionOf(access, fresh), standing: fresh }
  }

  const guarded = (admitsNew: boolean): TokenVerifier => ({
    verify: async (token, device) => {
      const access = await verifier.verify(token, device)
      const { admission, standing } = await judge(access)
      const refusal = refusalOf(admission, admitsNew)
      if (refusal !== undefined) throw new ProtocolError(refusal)
      return { ...access, roles: rolesOf(access, standing.account) }
    },
  })

  return { devices: guarded(false), newDevices: guarded(true) }
}
