import type { Account } from '../ports/accounts.ts'
import { ProtocolError } from '../protocol/errors.ts'
import type { AccountDeps } from './deps.ts'
import { normaliseLogin, unfitLogin, unfitPassword } from './logins.ts'
import { createRateLimiter } from './rate-limits.ts'

/** The user id is made here: one that somebody chose could be the name under which another lets people in. */
export interface NewUser {
  readonly login: string
  readonly password: string
  readonly displayName?: string
}

const unfit = (field: string, reason: string | undefined): void => {
  if (reason !== undefined) throw new ProtocolError('invalid', undefined, { details: { in: 'body', field, reason } })
}

const accountOf = (user: NewUser, userId: string, login: string, passwordHash: string, at: number): Account => ({
  userId,
  login,
  passwordHash,
  origin: 'local',
  status: 'active',
  roles: ['user'],
  identityKey: null,
  tokensFrom: 0,
  createdAt: at,
  profile: { displayName: user.displayName ?? null, about: null },
  privacy: { lastSeen: 'everyone', readReceipts: true },
  settings: {},
})

export interface Registration {
  /** Makes an account; `from` is the address that asks. Rejects with `invalid`, `account_exists`, `registration_closed`, `rate_limited`. */
  register(user: NewUser, from: string): Promise<{ readonly userId: string }>
}

export const createRegistration = ({
  store,
  standings,
  passwords,
  settings,
  newId,
  now,
}: AccountDeps): Registration => {
  const limit = createRateLimiter(
    { burst: settings.registrationsPerHour, everyMs: 3_600_000 / settings.registrationsPerHour },
    now,
  )
  return {
    register: async (user, from) => {
      if (!settings.registration) throw new ProtocolError('registration_closed')
      const login = normaliseLogin(user.login)
      unfit('login', unfitLogin(login))
      unfit('password', unfitPassword(user.password, login))
      limit.take(from)
      const userId = newId()
      const passwordHash = await passwords.hash(user.password)
      const answer = await store.create(accountOf(user, userId, login, passwordHash, now()))
      if (answer !== 'created') throw new ProtocolError('account_exists')
      standings.forget(userId)
      return { userId }
    },
  }
}
