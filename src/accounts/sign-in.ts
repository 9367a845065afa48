import type { UserRole } from '../ports/access.ts'
import type { AccountDeps } from './deps.ts'
import { normaliseLogin } from './logins.ts'
import { createRateLimiter } from './rate-limits.ts'

/** `wrong` says neither whether the login name exists nor what is wrong. `deactivated` is told only to one who knows the password. */
export type SignInAnswer =
  | { readonly kind: 'signed_in'; readonly userId: string; readonly roles: readonly UserRole[] }
  | { readonly kind: 'wrong' }
  | { readonly kind: 'deactivated' }

export interface SignIn {
  /**
   * Who has this login name and password? Takes the same time when there is no such login name. `from` is the address that asks. Rejects with
   * `rate_limited` alone.
   */
  signIn(login: string, password: string, from: string): Promise<SignInAnswer>
}

/** Attempts by login name over all addresses, and by address over all login names, as a multiple of those for one of both. */
const wider = 5

/** A longer text is no login name, so it is not worth a look. */
const longest = 256

export const createSignIn = ({ store, passwords, settings, now }: AccountDeps): SignIn => {
  const { signInsPerMinute } = settings
  const perMinute = (count: number) => createRateLimiter({ burst: count, everyMs: 60_000 / count }, now)
  const both = perMinute(signInsPerMinute)
  const [byLogin, byAddress] = [perMinute(wider * signInsPerMinute), perMinute(wider * signInsPerMinute)]

  const limit = (login: string, from: string): void => {
    byAddress.take(from)
    both.take(`${login}\n${from}`)
    byLogin.take(login)
  }

  return {
    signIn: async (typed, password, from) => {
      const login = normaliseLogin(typed.slice(0, longest))
      limit(login, from)
      const account = await store.accountByLogin(login)
      if (!(await passwords.matches(password.slice(0, 4 * longest), account?.passwordHash)) || account === undefined)
        return { kind: 'wrong' }
      if (account.status !== 'active') return { kind: 'deactivated' }
      return { kind: 'signed_in', userId: account.userId, roles: account.roles }
    },
  }
}
