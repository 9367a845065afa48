import { certificateChecks } from '@backscroll/protocol/certificates'
import { ProtocolError } from '@backscroll/protocol/errors'
import type { Revocation, Succession } from '@backscroll/protocol/identity-statements'
import type { RecoveryRecord } from '@backscroll/protocol/recovery-record'
import type { Actor } from '../../../domain/ids.ts'
import type { Access } from '../../../ports/identity/access.ts'
import type { Account } from '../../../ports/identity/account-records.ts'
import type { Notice } from '../../../ports/identity/notices.ts'
import type { AccountDeps } from '../accounts-deps.ts'
import type { OwnAccount } from '../users/own-account.ts'
import { checkRecovery } from './recovery.ts'
import { areGood } from './signatures.ts'
import { leavesWhole, readStatements } from './standing-devices.ts'
import { badStatement, checkStatement } from './statement-check.ts'
import { beginAnewLimit, renewalLimit, requireRoomFor, requireRoomForSuccession } from './statement-limits.ts'

export interface Renewal {
  readonly succession: Succession
  /** What the recovery key opens from now on, signed by the successor; absent: nothing. */
  readonly recovery?: RecoveryRecord
}

export interface NewBeginning {
  readonly identityKey: string
  readonly signatureKey: string
  readonly certificate: string
  readonly name?: string
  readonly password?: string
}

/** What a user does with the own identity key and with what depends on it. */
export interface Identities {
  /**
   * Several devices at once, signed, so that nobody who knows the statement believes them again. Rejects with
   * `bad_statement`, `not_found`.
   */
  revoke(actor: Actor, statement: Revocation): Promise<void>
  /** A new key, signed by the old one: the devices that it names stay, all others are revoked. */
  renew(actor: Actor, renewal: Renewal): Promise<void>
  /**
   * A new key that nothing signs: every device is revoked except the one that asks. Needs the password, or a
   * recent token.
   */
  reset(actor: Actor, access: Access, beginning: NewBeginning): Promise<void>
}

/** How old a token may be that shows a recent sign-in. */
const freshMs = 10 * 60_000

export const createIdentities = (deps: AccountDeps, own: Pick<OwnAccount, 'confirm'>): Identities => {
  const { store, standings, announcer, limits, signOut, newId, now } = deps

  const accountOf = async (userId: string): Promise<Account> => {
    const { account } = await standings.fresh(userId)
    if (account === undefined || account.status !== 'active') throw new ProtocolError('not_found')
    return account
  }
  const tell = (userId: string, command: Notice['command']): Notice => ({ id: newId(), userId, command })

  const gone = async (userId: string, revoked: readonly string[]): Promise<void> => {
    standings.forget(userId)
    for (const deviceId of revoked) signOut(userId, 'revoked', deviceId)
    await announcer.flush()
  }
  const saidBy = async (userId: string) => readStatements(await store.statements(userId))
  const requireFresh = async (
    actor: Actor,
    { userId, issuedAt = 0 }: Access,
    password: string | undefined,
  ): Promise<void> => {
    await own.confirm(actor, password)
    const { passwordHash } = await accountOf(userId)
    if (passwordHash === null && issuedAt + freshMs < now()) throw new ProtocolError('sign_in_again')
  }

  return {
    revoke: async (actor, statement) => {
      const { userId, deviceId: own } = actor
      const { identityKey } = await accountOf(userId)
      checkStatement(statement, actor, identityKey)
      if (statement.by !== null && statement.by.deviceId !== own) throw badStatement('by another device')
      requireRoomFor(statement, await saidBy(userId))
      const at = now()
      const answer = await store.revokeDevices({
        userId,
        deviceIds: statement.revoked,
        at,
        notice: (deviceId) => tell(userId, { type: 'RevokeDevice', actor, at, deviceId }),
        statement: JSON.stringify(statement),
        isWhole: leavesWhole(statement.identityKey, statement.by?.deviceId),
      })
      if (answer === 'unfit') throw badStatement('devices')
      await gone(userId, answer)
    },
    renew: async (actor, { succession, recovery }) => {
      const { userId } = actor
      const { identityKey } = await accountOf(userId)
      if (identityKey === succession.successor) return
      checkStatement(succession, actor, identityKey)
      if (recovery !== undefined) checkRecovery({ userId, identityKey: succession.successor }, recovery)
      if (succession.number !== requireRoomForSuccession(await saidBy(userId)) + 1) throw badStatement('number')
      if (!succession.kept.some(({ deviceId }) => deviceId === actor.deviceId)) throw badStatement('not this device')
      await limits.take(renewalLimit(userId))
      const at = now()
      const answer = await store.changeIdentity({
        userId,
        from: succession.identityKey,
        to: succession.successor,
        at,
        statement: JSON.stringify(succession),
        kept: succession.kept,
        ...(recovery !== undefined && { recovery: { ...recovery, at } }),
        notices: [tell(userId, { type: 'ChangeIdentity', actor, at, identityKey: succession.successor, signed: true })],
        revoked: (deviceId) => tell(userId, { type: 'RevokeDevice', actor, at, deviceId }),
      })
      if (answer.kind === 'no_account') throw new ProtocolError('not_found')
      if (answer.kind === 'unfit' || answer.kind === 'differs') throw badStatement('devices')
      await gone(userId, answer.kind === 'changed' ? answer.revoked : [])
    },
    reset: async (actor, access, { password, name = null, ...keys }) => {
      const { userId, deviceId } = actor
      await requireFresh(actor, access, password)
      await limits.take(beginAnewLimit(userId))
      const { identityKey, signatureKey, certificate } = keys
      if (!areGood(certificateChecks({ ...actor, identityKey, certificate }, signatureKey)))
        throw new ProtocolError('bad_certificate')
      const at = now()
      const answer = await store.changeIdentity({
        userId,
        to: identityKey,
        at,
        kept: [],
        device: { userId, deviceId, name, signatureKey, certificate, addedAt: at },
        notices: [
          tell(userId, { type: 'ChangeIdentity', actor, at, identityKey, signed: false }),
          tell(userId, { type: 'AddDevice', actor, at, deviceId, identityKey, signatureKey, certificate }),
        ],
        revoked: (one) => tell(userId, { type: 'RevokeDevice', actor, at, deviceId: one }),
      })
      if (answer.kind === 'no_account') throw new ProtocolError('not_found')
      if (answer.kind === 'unfit' || answer.kind === 'differs') throw new ProtocolError('device_exists')
      await gone(userId, answer.kind === 'changed' ? answer.revoked : [])
    },
  }
}
