import { socketPath } from '@backscroll/protocol/device-proof'
import { type ErrorCode, ProtocolError } from '@backscroll/protocol/errors'
import type {
  Access,
  DeviceProofs,
  RequestVerifier,
  SocketVerifier,
  TokenVerifier,
} from '../../../ports/identity/access.ts'
import type { Standing } from '../../../ports/identity/account-records.ts'
import type { SeenDevice } from '../../../ports/identity/device-records.ts'
import type { Standings } from './account-standings.ts'
import { type Admission, admissionOf, rolesOf } from './token-admission.ts'

export interface GuardDeps {
  readonly verifier: TokenVerifier
  readonly proofs: DeviceProofs
  readonly standings: Standings
  readonly provision: (seen: SeenDevice) => Promise<void>
  readonly now: () => number
}

export interface Guard {
  /** Believes only tokens of registered devices: used everywhere except where a device registers. */
  readonly devices: RequestVerifier
  /** Also believes those of a device that is not registered yet. */
  readonly newDevices: RequestVerifier
  /** Verifies tokens of registered devices; the proof for a socket comes with its first frame. */
  readonly sockets: SocketVerifier
  readonly proofs: DeviceProofs
}

/** The token is genuine, so its holder may be told what is wrong: it was this user's device. */
const refusalOf = (admission: Admission, admitsNew: boolean): ErrorCode | undefined => {
  if (admission === 'admit') return undefined
  if (admission === 'unregistered') return admitsNew ? undefined : 'unknown_device'
  // It was provisioned a moment ago, and another user has the id.
  return admission === 'provision' ? 'unauthenticated' : admission
}

const keyOf = ({ deviceId }: Access, { devices }: Standing): string | null =>
  devices.find((device) => device.deviceId === deviceId)?.signatureKey ?? null

/**
 * Behind the signature: is the account active, is the token's device one of its devices, and does the request come
 * from that device?
 */
export const createGuard = ({ verifier, proofs, standings, provision, now }: GuardDeps): Guard => {
  const judge = async (access: Access): Promise<{ admission: Admission; standing: Standing }> => {
    const { userId, deviceId } = access
    const standing = await standings.of(userId)
    const admission = admissionOf(access, standing, now())
    if (admission !== 'provision' && admission !== 'unregistered') return { admission, standing }
    if (admission === 'provision') await provision({ userId, deviceId, at: now() })
    // Another process may meanwhile have created what is not known here.
    const fresh = await standings.fresh(userId)
    return { admission: admissionOf(access, fresh, now()), standing: fresh }
  }

  /** The user that the token is for, and the key that must be proved with it. */
  const claimed = async (token: string, device: string | undefined, admitsNew: boolean) => {
    const access = await verifier.verify(token, device)
    const { admission, standing } = await judge(access)
    const refusal = refusalOf(admission, admitsNew)
    if (refusal !== undefined) throw new ProtocolError(refusal)
    return { access: { ...access, roles: rolesOf(access, standing.account) }, key: keyOf(access, standing) }
  }

  const requests = (admitsNew: boolean): RequestVerifier => ({
    verify: async (token, device, shown) => {
      const { access, key } = await claimed(token, device, admitsNew)
      if (key === null) return access
      await proofs.request(shown, key, token)
      return { ...access, deviceKey: key }
    },
  })

  const sockets: SocketVerifier = {
    verify: async (token, device) => {
      const { access, key } = await claimed(token, device, false)
      if (key === null) return access
      const shown = { method: 'GET', path: socketPath }
      return { ...access, prove: (proof, challenge) => proofs.connection({ ...shown, proof }, key, token, challenge) }
    },
  }

  return { devices: requests(false), newDevices: requests(true), sockets, proofs }
}
