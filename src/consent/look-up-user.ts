import { createHash } from 'node:crypto'
import { ProtocolError } from '@backscroll/protocol/errors'
import type { Consent } from '../commands/create-user-commands.ts'
import { normaliseLogin } from '../identity/accounts/sign-in/login-names.ts'

export interface UserLookup {
  readonly by: string
  /** Where the request comes from. */
  readonly address: string
  /** As a person has typed it. */
  readonly login: string
}

/**
 * The user id behind a login name. Rejects with `rate_limited`, and with `not_found`: alike, and after the same reads,
 * for a name that nobody has, for somebody who does not want to be found, for an account that is locked, and for
 * somebody who has blocked who asks.
 */
export type LookUpUser = (lookup: UserLookup) => Promise<string>

/** What of an account decides. */
interface Findable {
  readonly userId: string
  readonly status: 'active' | 'deactivated'
  readonly privacy: { readonly findableByLogin: boolean }
}

export interface LookUpUserDeps {
  readonly accountByLogin: (login: string) => Promise<Findable | undefined>
  readonly consent: (userId: string) => Promise<Pick<Consent, 'blocked'>>
  /** Counts it, before anything is read; throws `rate_limited`. */
  readonly count: (userId: string, address: string) => void
  readonly sleep: (ms: number) => Promise<unknown>
}

/** No answer is faster, milliseconds: what is in memory and what is not take alike. */
const evenMs = 25

/**
 * The id of a stream to read in place of a missing user's, so that both cases take the same work. It is the same for
 * the same name, and no user can have it.
 */
const nobodyOf = (login: string): string => `_nobody-${createHash('sha256').update(login).digest('hex')}`

const mayBeFound = (account: Findable): boolean => account.status === 'active' && account.privacy.findableByLogin

export const createLookUpUser = ({ accountByLogin, consent, count, sleep }: LookUpUserDeps): LookUpUser => {
  const find = async (by: string, login: string): Promise<string | undefined> => {
    const account = await accountByLogin(login)
    const found = account !== undefined && mayBeFound(account) ? account.userId : undefined
    const { blocked } = await consent(found ?? nobodyOf(login))
    return blocked.has(by) ? undefined : found
  }
  return async ({ by, address, login }) => {
    count(by, address)
    const [found] = await Promise.all([find(by, normaliseLogin(login)), sleep(evenMs)])
    if (found === undefined) throw new ProtocolError('not_found')
    return found
  }
}
