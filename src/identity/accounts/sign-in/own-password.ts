import { ProtocolError } from '@backscroll/protocol/errors'
import type { Actor } from '../../../domain/ids.ts'
import type { Account } from '../../../ports/identity/account-records.ts'
import { tokensFromOf } from '../access/token-admission.ts'
import type { AccountDeps } from '../accounts-deps.ts'
import { unfitPassword } from './login-names.ts'

export interface OwnPassword {
  /** Checks the password of an account that has one. Rejects with `wrong_password`, `rate_limited`. */
  confirm(actor: Actor, password: string | undefined): Promise<void>
  /**
   * Ends all sign-ins except that of the actor's device. `wrong_password`, `invalid`; `forbidden` for a user
   * without a password here.
   */
  changePassword(actor: Actor, current: string, next: string): Promise<void>
}

/** Guesses by a holder of a device's token: counted for each device, so that none locks out another. */
const guesses = { burst: 5, everyMs: 30_000 } as const

/** A sender whose token was believed: not a stranger in the queue. */
const senderOf = ({ userId }: Actor) => ({ address: '', known: `user ${userId}` })

export const createOwnPassword = (
  { store, standings, passwords, limits, signOut, now }: AccountDeps,
  read: (userId: string) => Promise<Account>,
): OwnPassword => {
  const confirm: OwnPassword['confirm'] = async (actor, password) => {
    const { userId, deviceId } = actor
    const { passwordHash } = await read(userId)
    if (passwordHash === null) return
    await limits.take({ key: `password ${userId}/${deviceId}`, ...guesses })
    if (!(await passwords.matches(password ?? '', passwordHash, senderOf(actor))))
      throw new ProtocolError('wrong_password')
  }

  const endOthers = async ({ userId, deviceId }: Actor): Promise<void> => {
    const { devices } = await standings.fresh(userId)
    for (const device of devices) if (device.deviceId !== deviceId) signOut(userId, 'signed_out', device.deviceId)
  }

  return {
    confirm,
    changePassword: async (actor, current, next) => {
      const { userId, deviceId } = actor
      const account = await read(userId)
      if (account.login === null) throw new ProtocolError('forbidden')
      await confirm(actor, current)
      const reason = unfitPassword(next, account.login)
      if (reason !== undefined)
        throw new ProtocolError('invalid', undefined, { details: { in: 'body', field: 'next', reason } })
      const passwordHash = await passwords.hash(next, senderOf(actor))
      // What was over before stays over, for this device as well.
      const tokensSpare = { deviceId, from: tokensFromOf(account, deviceId) }
      const answer = await store.change(userId, { passwordHash, tokensFrom: now(), tokensSpare })
      standings.forget(userId)
      if (answer !== 'changed') throw new ProtocolError('not_found')
      await endOthers(actor)
    },
  }
}
