import { ProtocolError } from '@backscroll/protocol/errors'
import { blankAccount } from '../../../domain/user/blank-account.ts'
import type { Account, Privacy } from '../../../ports/identity/account-records.ts'
import { networkOf, type Sender, siteOf } from '../../sender-address.ts'
import type { AccountDeps } from '../accounts-deps.ts'
import { perHour } from '../rate-limiter.ts'
import { normaliseLogin, unfitLogin, unfitPassword } from '../sign-in/login-names.ts'

/** The server makes the user id: a chosen one could be the name under which another user admits people. */
export interface NewUser {
  readonly login: string
  readonly password: string
  readonly displayName?: string
  /** Default: as the operator has set it. */
  readonly findableByLogin?: boolean
}

const unfit = (field: string, reason: string | undefined): void => {
  if (reason !== undefined) throw new ProtocolError('invalid', undefined, { details: { in: 'body', field, reason } })
}

type Made = Pick<Account, 'userId' | 'login' | 'passwordHash' | 'createdAt'> & Pick<Privacy, 'findableByLogin'>

const accountOf = ({ findableByLogin, ...made }: Made, displayName: string | null): Account => ({
  ...blankAccount,
  ...made,
  origin: 'local',
  profile: { ...blankAccount.profile, displayName },
  privacy: { ...blankAccount.privacy, findableByLogin },
})

/** Accounts from all networks of one IPv6 customer, as a multiple of those from one. */
const sitewide = 10

export interface Registration {
  /** Creates an account. Rejects with `invalid`, `account_exists`, `registration_closed`, `rate_limited`. */
  register(user: NewUser, sender: Sender): Promise<{ readonly userId: string }>
}

export const createRegistration = ({
  store,
  standings,
  passwords,
  limits,
  settings,
  newId,
  now,
}: AccountDeps): Registration => {
  const limit = ({ address }: Sender): Promise<void> => {
    const [network, site] = [networkOf(address), siteOf(address)]
    const ofNetwork = perHour(`registration ${network}`, settings.registrationsPerHour)
    const ofSite = perHour(`registration site ${site}`, sitewide * settings.registrationsPerHour)
    return limits.take(ofNetwork, ...(site === network ? [] : [ofSite]))
  }

  return {
    register: async (user, sender) => {
      if (!settings.registration) throw new ProtocolError('registration_closed')
      const login = normaliseLogin(user.login)
      unfit('login', unfitLogin(login))
      unfit('password', unfitPassword(user.password, login))
      await limit(sender)
      const userId = newId()
      const passwordHash = await passwords.hash(user.password, sender)
      const { displayName = null, findableByLogin = settings.findableByLogin } = user
      const made = { userId, login, passwordHash, createdAt: now(), findableByLogin }
      const answer = await store.create(accountOf(made, displayName))
      if (answer !== 'created') throw new ProtocolError('account_exists')
      standings.forget(userId)
      return { userId }
    },
  }
}
