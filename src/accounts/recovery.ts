import type { RecoveryBlob } from '../ports/accounts.ts'
import { ProtocolError } from '../protocol/errors.ts'
import type { AccountDeps } from './deps.ts'
import { createRateLimiter } from './rate-limits.ts'

/** The identity key's private half, encrypted under a recovery key that only the person has. Opaque here. */
export interface Recovery {
  /** `not_found` when none was stored; `rate_limited`. */
  read(userId: string): Promise<RecoveryBlob>
  write(userId: string, blob: string): Promise<void>
}

/** Rarely needed, and worth stealing. */
const everyMs = 10 * 60_000

export const createRecovery = ({ store, settings, now }: AccountDeps): Recovery => {
  const limiter = () => createRateLimiter({ burst: settings.recoveryBurst, everyMs }, now)
  const [reading, writing] = [limiter(), limiter()]
  return {
    read: async (userId) => {
      reading.take(userId)
      const found = await store.recovery(userId)
      if (found === undefined) throw new ProtocolError('not_found')
      return found
    },
    write: async (userId, blob) => {
      writing.take(userId)
      if (!(await store.putRecovery(userId, { blob, at: now() }))) throw new ProtocolError('not_found')
    },
  }
}
