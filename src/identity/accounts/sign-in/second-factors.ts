import { ProtocolError } from '@backscroll/protocol/errors'
import { renderSVG } from 'uqr'
import type { Actor } from '../../../domain/ids.ts'
import type { Factors } from '../../../ports/identity/second-factors.ts'
import type { Sender } from '../../sender-address.ts'
import type { AccountDeps } from '../accounts-deps.ts'
import type { ActBy } from '../users/audit-trail.ts'
import type { OwnPassword } from './own-password.ts'
import { hashRecoveryCode, isRecoveryCode, newRecoveryCodes } from './recovery-codes.ts'
import { guessLimits } from './sign-in-limits.ts'
import { newTotpSecret, totpStep, totpUri } from './totp.ts'

export interface FactorStatus {
  readonly totp: boolean
  readonly passkeys: number
  readonly recoveryCodes: number
}

export interface OfferedTotp {
  /** Base32. */
  readonly secret: string
  readonly uri: string
  /** The same as a QR picture, SVG. */
  readonly qr: string
}

export interface SecondFactors {
  status(userId: string): Promise<FactorStatus>
  /**
   * Proves nothing until it is confirmed. `wrong_password`, `rate_limited`; `already_exists` when there is one;
   * `forbidden` for a user without a password here.
   */
  offerTotp(actor: Actor, password: string): Promise<OfferedTotp>
  /** Recovery codes come with the first factor. `wrong_code`, `rate_limited`, `not_found` when none was offered. */
  confirmTotp(actor: Actor, code: string): Promise<{ readonly recoveryCodes: readonly string[] }>
  removeTotp(actor: Actor, password: string): Promise<void>
  /** Replaces the existing ones. `not_found` without a factor. */
  renewRecoveryCodes(actor: Actor, password: string): Promise<readonly string[]>
  /**
   * At sign-in, after the password: a code of the app, or a recovery code. Each is valid once. Rejects only with
   * `rate_limited`.
   */
  takeCode(userId: string, typed: string, sender: Sender): Promise<boolean>
  /** By an admin: afterwards the password alone signs in. `not_found` when there was none. */
  reset(userId: string, by: ActBy): Promise<void>
}

/** Codes of an app are short: guesses a minute, and over all networks only so many a day that a hit is improbable. */
const guessesPerMinute = 5
const guessesPerDay = 50
const confirmations = { burst: 5, everyMs: 30_000 } as const

const hasFactor = ({ totp, passkeys }: Factors): boolean => isConfirmed({ totp }) || passkeys.length > 0
const isConfirmed = ({ totp }: Pick<Factors, 'totp'>): boolean => totp !== undefined && totp.confirmedAt !== null

/** Recovery codes for an account that gets its first factor; undefined when it has one already. */
export const firstCodes = (userId: string, factors: Factors) => {
  if (hasFactor(factors)) return undefined
  const codes = newRecoveryCodes()
  return { codes, hashes: codes.map((code) => hashRecoveryCode(userId, code)) }
}

export const createSecondFactors = (deps: AccountDeps, { confirm }: Pick<OwnPassword, 'confirm'>): SecondFactors => {
  const { store, sealer, limits, audit, trail, now } = deps
  const context = (userId: string) => `totp ${userId}`

  const secretOf = async (userId: string, { totp }: Factors): Promise<string | undefined> =>
    totp && sealer.open(totp.secret, context(userId))

  const takeTotp = async (userId: string, factors: Factors, code: string): Promise<boolean> => {
    const secret = await secretOf(userId, factors)
    if (factors.totp === undefined || secret === undefined || !isConfirmed(factors)) return false
    const step = totpStep(secret, code, now())
    return step !== undefined && store.takeTotpStep(userId, factors.totp.secret, step)
  }

  const takeRecovery = async (userId: string, typed: string): Promise<boolean> => {
    const taken = await store.takeRecoveryCode(userId, hashRecoveryCode(userId, typed))
    if (taken) audit({ event: 'recovery_code_used', userId })
    return taken
  }

  return {
    status: async (userId) => {
      const factors = await store.factors(userId)
      const { passkeys, recoveryCodes } = factors
      return { totp: isConfirmed(factors), passkeys: passkeys.length, recoveryCodes: recoveryCodes.length }
    },
    offerTotp: async (actor, password) => {
      const { userId } = actor
      const login = (await store.account(userId))?.login
      if (login === undefined || login === null) throw new ProtocolError('forbidden')
      await confirm(actor, password)
      const secret = newTotpSecret()
      if (!(await store.offerTotp(userId, await sealer.seal(secret, context(userId)))))
        throw new ProtocolError('factor_exists')
      const uri = totpUri(secret, login)
      return { secret, uri, qr: renderSVG(uri) }
    },
    confirmTotp: async ({ userId, deviceId }, code) => {
      await limits.take({ key: `totp confirmation ${userId}/${deviceId}`, ...confirmations })
      const factors = await store.factors(userId)
      const secret = await secretOf(userId, factors)
      if (factors.totp === undefined || secret === undefined || isConfirmed(factors))
        throw new ProtocolError('not_found')
      const step = totpStep(secret, code, now())
      if (step === undefined) throw new ProtocolError('wrong_code')
      const first = firstCodes(userId, factors)
      if (!(await store.confirmTotp(userId, factors.totp.secret, step, first?.hashes, now())))
        throw new ProtocolError('not_found')
      audit({ event: 'second_factor_added', userId, factor: 'totp' })
      return { recoveryCodes: first?.codes ?? [] }
    },
    removeTotp: async (actor, password) => {
      await confirm(actor, password)
      if (!(await store.removeTotp(actor.userId))) throw new ProtocolError('not_found')
      audit({ event: 'second_factor_removed', userId: actor.userId, factor: 'totp' })
    },
    renewRecoveryCodes: async (actor, password) => {
      const { userId } = actor
      await confirm(actor, password)
      if (!hasFactor(await store.factors(userId))) throw new ProtocolError('not_found')
      const codes = newRecoveryCodes()
      await store.putRecoveryCodes(
        userId,
        codes.map((code) => hashRecoveryCode(userId, code)),
      )
      audit({ event: 'second_factor_added', userId, factor: 'recovery_codes' })
      return codes
    },
    takeCode: async (userId, typed, sender) => {
      if (isRecoveryCode(typed)) {
        await limits.take(...guessLimits('recovery code', userId, sender, guessesPerMinute))
        return takeRecovery(userId, typed)
      }
      const day = { key: `code a day ${userId}`, burst: guessesPerDay, everyMs: 86_400_000 / guessesPerDay }
      await limits.take(...guessLimits('code', userId, sender, guessesPerMinute), day)
      return takeTotp(userId, await store.factors(userId), typed.replace(/\s/g, ''))
    },
    reset: async (userId, by) => {
      const act = trail.act(by, 'reset_second_factor', { userId })
      if (!(await store.removeFactors(userId, act))) throw new ProtocolError('not_found')
      audit({ event: 'second_factors_reset', userId, ...(by.actor !== null && { by: by.actor.userId }) })
      await trail.flush()
    },
  }
}
