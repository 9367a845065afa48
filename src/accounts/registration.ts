import type { Account } from '../ports/accounts.ts'
import { ProtocolError } from '../protocol/errors.ts'
import type { AccountDeps } from './deps.ts'
import { normaliseLogin, unfitLogin, unfitPassword } from './logins.ts'
import { createRateLimiter } from './rate-limits.ts'

export interface NewUser {
  /** Chosen by the client, or made here. */
  readonly userId?: string
  readonly login: string
  readonly password: string
  readonly displayName?: string
}

const unfit = (field: string, reason: string | undefined): void => {
  if (reason !== undefined) throw new ProtocolError('invalid', undefined, { details: { in: 'body', field, reason } })
}

/** Else somebody could wait here for a user who is to come from elsewhere. */
const isReserved = (userId: string | undefined, prefixes: readonly string[] = []): boolean =>
  userId !== undefined && prefixes.some((prefix) => userId.startsWith(prefix))

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
      if (isReserved(user.userId, settings.reservedPrefixes)) unfit('userId', "is another issuer's")
      limit.take(from)
      const userId = user.userId ?? newId()
      const passwordHash = await passwords.hash(user.password)
      const answer = await store.create(accountOf(user, userId, login, passwordHash, now()))
      if (answer !== 'created') throw new ProtocolError('account_exists')
      standings.forget(userId)
      return { userId }
    },
  }
}
