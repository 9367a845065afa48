import type { RecoveryBlob } from '../ports/recovery-records.ts'
import { ProtocolError } from '../protocol/errors.ts'
import type { AccountDeps } from './deps.ts'

/** The identity key's private half, encrypted under a recovery key that only the person has. Opaque here. */
export interface Recovery {
  /** `not_found` when none was stored; `rate_limited`. */
  read(userId: string): Promise<RecoveryBlob>
  write(userId: string, blob: string): Promise<void>
}

/** Rarely needed, and worth stealing. */
const everyMs = 10 * 60_000

export const createRecovery = ({ store, settings, limits, now }: AccountDeps): Recovery => {
  const limit = (what: 'read' | 'write', userId: string): Promise<void> =>
    limits.take({ key: `recovery ${what} ${userId}`, burst: settings.recoveryBurst, everyMs })
  return {
    read: async (userId) => {
      await limit('read', userId)
      const found = await store.recovery(userId)
      if (found === undefined) throw new ProtocolError('not_found')
      return found
    },
    write: async (userId, blob) => {
      await limit('write', userId)
      if (!(await store.putRecovery(userId, { blob, at: now() }))) throw new ProtocolError('not_found')
    },
  }
}
