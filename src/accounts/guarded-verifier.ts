import type { Access, TokenVerifier } from '../ports/access.ts'
import type { SeenDevice, Standing } from '../ports/accounts.ts'
import { ProtocolError } from '../protocol/errors.ts'
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
      if (admission === 'unregistered' && !admitsNew) throw new ProtocolError('unknown_device')
      if (admission !== 'admit' && admission !== 'unregistered') throw new ProtocolError('unauthenticated')
      return { ...access, roles: rolesOf(access, standing.account) }
    },
  })

  return { devices: guarded(false), newDevices: guarded(true) }
}
