import { ProtocolError } from '@backscroll/protocol/errors'
import { bytesOfRecovery, type RecoveryOwner, type RecoveryRecord } from '@backscroll/protocol/recovery-record'
import type { RecoveryAnswer, RecoveryBlob } from '../../../ports/identity/recovery-records.ts'
import type { AccountDeps } from '../accounts-deps.ts'
import { areGood } from './signatures.ts'
import { badStatement } from './statement-check.ts'

/** The identity key's private half, encrypted under a recovery key that only the person has. Opaque here. */
export interface Recovery {
  /** `not_found` when none was stored; `rate_limited`. */
  read(userId: string): Promise<RecoveryBlob>
  /** Signed by the identity key. Rejects with `bad_statement`, `not_found`, `rate_limited`. */
  write(userId: string, record: RecoveryRecord): Promise<void>
}

/**
 * A device that has only its own key cannot destroy what its user needs when all devices are lost. Throws
 * `bad_statement`.
 */
export const checkRecovery = (owner: RecoveryOwner, record: RecoveryRecord): void => {
  const { signature } = record
  if (!areGood([{ key: owner.identityKey, bytes: bytesOfRecovery(owner, record), signature }]))
    throw badStatement('signature')
}

const refusals: Readonly<Record<Exclude<RecoveryAnswer, 'stored'>, () => ProtocolError>> = {
  no_account: () => new ProtocolError('not_found'),
  differs: () => badStatement('of another identity key'),
  old: () => badStatement('number'),
}

/** Rarely needed, and worth stealing. */
const everyMs = 10 * 60_000

export const createRecovery = ({ store, standings, settings, limits, now }: AccountDeps): Recovery => {
  const limit = (what: 'read' | 'write', userId: string): Promise<void> =>
    limits.take({ key: `recovery ${what} ${userId}`, burst: settings.recoveryBurst, everyMs })
  const identityKeyOf = async (userId: string): Promise<string> => {
    const { account } = await standings.fresh(userId)
    if (account === undefined || account.status !== 'active') throw new ProtocolError('not_found')
    if (account.identityKey === null) throw badStatement('of another identity key')
    return account.identityKey
  }
  return {
    read: async (userId) => {
      await limit('read', userId)
      const found = await store.recovery(userId)
      if (found === undefined) throw new ProtocolError('not_found')
      return found
    },
    write: async (userId, record) => {
      const identityKey = await identityKeyOf(userId)
      checkRecovery({ userId, identityKey }, record)
      // After the check: a device without the identity key does not use up the user's writes.
      await limit('write', userId)
      const answer = await store.putRecovery(userId, { ...record, at: now() }, identityKey)
      if (answer !== 'stored') throw refusals[answer]()
    },
  }
}
