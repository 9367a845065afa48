import type { AdminAct } from '../../domain/audit/admin-acts.ts'
import type { AccessJudge, DeviceProofs, TokenVerifier } from '../../ports/identity/access.ts'
import type { AccountStore } from '../../ports/identity/account-store.ts'
import type { Notice } from '../../ports/identity/notices.ts'
import type { ParkedReaction } from '../../ports/parked-reactions.ts'
import { createDateGuard } from '../../runtime/date-guard.ts'
import { createAccessJudge } from './access/access-judge.ts'
import { createStandings, type Standings } from './access/account-standings.ts'
import { createGuard, type Guard } from './access/guarded-verifier.ts'
import type { AccountDeps, AccountSettings } from './accounts-deps.ts'
import { createDevices, type Devices } from './devices/devices.ts'
import { createIdentities, type Identities } from './devices/identities.ts'
import { createKeyPackages, type KeyPackages } from './devices/key-packages.ts'
import { createPairings, type Pairings } from './devices/pairings.ts'
import { noPush } from './devices/push-access.ts'
import { createPushTargets, type PushTargets } from './devices/push-targets.ts'
import { createRecovery, type Recovery } from './devices/recovery.ts'
import { createLimits, type Limits } from './rate-limiter.ts'
import { createPasskeys, type Passkeys } from './sign-in/passkeys.ts'
import { createPasswordResets, type PasswordResets } from './sign-in/password-resets.ts'
import { createPasswords } from './sign-in/passwords.ts'
import { createSecondFactors, type SecondFactors } from './sign-in/second-factors.ts'
import { createSignIn, type SignIn } from './sign-in/sign-in.ts'
import { type Administration, createAdministration } from './users/administration.ts'
import { type AuditTrail, createAuditTrail } from './users/audit-trail.ts'
import { createAnnouncer } from './users/notice-announcer.ts'
import { createOwnAccount, type OwnAccount } from './users/own-account.ts'
import { createProvisioning } from './users/provisioning.ts'
import { createRegistration, type Registration } from './users/registration.ts'

export interface AccountsDeps {
  readonly store: AccountStore
  /** Makes a notice durable in the stream of its user, once. */
  readonly tell: (notice: Notice) => Promise<void>
  /** Makes what an admin did durable in the audit, once. */
  readonly tellAct: (act: AdminAct) => Promise<void>
  readonly settings: AccountSettings
  readonly signOut: AccountDeps['signOut']
  readonly mail: AccountDeps['mail']
  readonly sealer: AccountDeps['sealer']
  /** Default: this server wakes no devices. */
  readonly push?: AccountDeps['push']
  readonly passkeys: AccountDeps['passkeys']
  readonly audit: AccountDeps['audit']
  readonly newId: () => string
  readonly now: () => number
  /** Milliseconds of a monotonic clock. Default: `performance.now()`. */
  readonly elapsed?: (() => number) | undefined
  readonly onError: (error: unknown) => void
  /** A notice to a user cannot be delivered. */
  readonly onParked: (reaction: ParkedReaction) => void
}

/** Accounts, devices and the key directory. Every call rejects with a `ProtocolError`. */
export interface Accounts {
  readonly registration: Registration
  readonly signIn: SignIn
  readonly own: OwnAccount
  readonly administration: Administration
  /** What admins have done besides, elsewhere than in the accounts. */
  readonly trail: Pick<AuditTrail, 'act' | 'keep' | 'flush'>
  readonly devices: Devices
  readonly identities: Identities
  readonly keyPackages: KeyPackages
  readonly pairings: Pairings
  readonly push: PushTargets
  readonly recovery: Recovery
  readonly standings: Standings
  readonly limits: Limits
  readonly passwordResets: PasswordResets
  readonly secondFactors: SecondFactors
  readonly passkeys: Passkeys
  /** Has the user switched read receipts off? */
  readsInPrivate(userId: string): Promise<boolean>
  /** Whether what was opened with a token still counts. */
  readonly judge: AccessJudge['judge']
  /** Puts accounts and devices behind what verifies tokens. */
  guard(verifier: TokenVerifier, proofs: DeviceProofs): Guard
  /** Finishes the notices in progress. The store stays open. */
  close(): Promise<void>
}

/** How often expired records are deleted, and how long a claim's answer is kept, in milliseconds. */
const purgeEvery = 3_600_000
/** How often full buckets are forgotten: there is one for each address that asked. */
const forgetEvery = 60_000
/** How often expired deactivations are ended. */
const endEvery = 5_000
const dayMs = 86_400_000
const claimsKept = 30 * dayMs
/** Firebase tokens that were not used for this long are dead. */
const targetsKept = 270 * dayMs

export const createAccounts = ({
  store,
  tell,
  tellAct,
  onError,
  onParked,
  push = noPush,
  ...rest
}: AccountsDeps): Accounts => {
  const { now, elapsed = () => performance.now() } = rest
  const standings = createStandings(store)
  const announcer = createAnnouncer({ store, tell, now, onError, onParked })
  const trail = createAuditTrail({ store, tell: tellAct, newId: rest.newId, now, onError })
  const deps: AccountDeps = {
    ...rest,
    push,
    onError,
    store,
    standings,
    announcer,
    trail,
    passwords: createPasswords(),
    limits: createLimits(store, now, elapsed),
  }
  const own = createOwnAccount(deps)
  const provision = createProvisioning(store)
  const guard = createDateGuard({ date: now, elapsed })
  const purge = (): void => {
    if (!guard.isSure()) return
    store.purge(now(), now() - claimsKept).catch(onError)
    store.purgePushTargets(now() - targetsKept).catch(onError)
    store.purgeReports(now() - rest.settings.reportDays * dayMs).catch(onError)
  }
  const timer = setInterval(purge, purgeEvery).unref()
  const administration = createAdministration(deps)
  const end = (): void => {
    if (guard.isSure()) administration.endDeactivations().catch(onError)
  }
  const ending = setInterval(end, endEvery).unref()
  const forget = (): void => void store.purgeLimits(now()).catch(onError)
  const forgetting = setInterval(forget, forgetEvery).unref()
  void announcer.flush()
  void trail.flush()

  return {
    registration: createRegistration(deps),
    signIn: createSignIn(deps),
    own,
    passwordResets: createPasswordResets(deps),
    secondFactors: createSecondFactors(deps, own),
    passkeys: createPasskeys(deps, own),
    administration,
    trail,
    devices: createDevices(deps),
    identities: createIdentities(deps, own),
    keyPackages: createKeyPackages(deps),
    pairings: createPairings(deps),
    push: createPushTargets(deps),
    recovery: createRecovery(deps),
    standings,
    limits: deps.limits,
    readsInPrivate: async (userId) => (await standings.of(userId)).account?.privacy.readReceipts === false,
    judge: createAccessJudge({ store, standings, now }).judge,
    guard: (verifier, proofs) => createGuard({ verifier, proofs, standings, provision, now }),
    close: async () => {
      clearInterval(timer)
      clearInterval(forgetting)
      clearInterval(ending)
      await announcer.close()
      await trail.close()
    },
  }
}
