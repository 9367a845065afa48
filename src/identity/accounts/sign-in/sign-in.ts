import type { UserRole } from '../../../ports/identity/access.ts'
import type { Sender } from '../../sender-address.ts'
import type { AccountDeps } from '../accounts-deps.ts'
import { normaliseLogin } from './login-names.ts'
import { signInLimits } from './sign-in-limits.ts'

/**
 * `wrong` reveals neither whether the login name exists nor what is wrong. Only a sender who knows the password is
 * told `deactivated`.
 */
export type SignInAnswer =
  | { readonly kind: 'signed_in'; readonly userId: string; readonly roles: readonly UserRole[] }
  | { readonly kind: 'wrong' }
  | { readonly kind: 'deactivated' }

export interface SignIn {
  /**
   * Which user has this login name and password? Takes the same time when there is no such login name. Rejects
   * only with `rate_limited`.
   */
  signIn(login: string, password: string, sender: Sender): Promise<SignInAnswer>
}

/** A longer text is not a login name, so it is not looked up. */
const longest = 256

export const createSignIn = ({ store, passwords, limits, settings }: AccountDeps): SignIn => {
  return {
    signIn: async (typed, password, sender) => {
      const login = normaliseLogin(typed.slice(0, longest))
      await limits.take(...signInLimits(login, sender, settings.signInsPerMinute))
      const account = await store.accountByLogin(login)
      if (
        !(await passwords.matches(password.slice(0, 4 * longest), account?.passwordHash, sender)) ||
        account === undefined
      )
        return { kind: 'wrong' }
      if (account.status !== 'active') return { kind: 'deactivated' }
      return { kind: 'signed_in', userId: account.userId, roles: account.roles }
    },
  }
}
