import type { AccessJudge, AccessVerdict, OpenAccess } from '../../../ports/identity/access.ts'
import type { Standing } from '../../../ports/identity/account-records.ts'
import type { AccountStore } from '../../../ports/identity/account-store.ts'
import type { Standings } from './account-standings.ts'
import { admissionOf } from './token-admission.ts'

export interface OpenAccessDeps {
  readonly store: Pick<AccountStore, 'standings'>
  readonly standings: Pick<Standings, 'forget'>
  readonly now: () => number
}

/** The device has a key by now, and the one that opened this has not shown it. */
const hasToProve = ({ deviceId, keyless }: OpenAccess, { devices }: Standing): boolean =>
  keyless === true && devices.some((device) => device.deviceId === deviceId && device.signatureKey !== null)

/**
 * What an open socket is told. An account that is missing without a trace is not a revocation: the next handshake
 * says what is wrong.
 */
export const verdictOn = (access: OpenAccess, standing: Standing, now: number): AccessVerdict => {
  const admission = admissionOf(access, standing, now)
  if (admission === 'admit') return hasToProve(access, standing) ? 'outdated' : 'stands'
  const isUnknown = admission === 'unregistered' || admission === 'provision' || admission === 'unauthenticated'
  return isUnknown ? 'outdated' : admission
}

const missing: Standing = { account: undefined, devices: [], erased: false }

/** Judges accesses that were admitted before, many at a time, because a message about them may have been lost. */
export const createAccessJudge = ({ store, standings, now }: OpenAccessDeps): AccessJudge => ({
  judge: async (accesses) => {
    const found = await store.standings(accesses.map(({ userId }) => userId))
    return accesses.map((access) => {
      const verdict = verdictOn(access, found.get(access.userId) ?? missing, now())
      // This process's cached data about the user is older than that.
      if (verdict !== 'stands') standings.forget(access.userId)
      return verdict
    })
  },
})
