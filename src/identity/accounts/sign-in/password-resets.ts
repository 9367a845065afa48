import { ProtocolError } from '@backscroll/protocol/errors'
import { networkOf, type Sender } from '../../sender-address.ts'
import type { AccountDeps } from '../accounts-deps.ts'
import { perHour } from '../rate-limiter.ts'
import { hashResetCode, issueReset, mayReset } from './issue-reset.ts'
import { normaliseLogin, unfitPassword } from './login-names.ts'

export interface PasswordResets {
  /** Is there a way to send a link? */
  readonly canSend: boolean
  /**
   * Sends a link if a user has this login name. Reveals nothing about that, and takes the same time either way.
   * Rejects only with `rate_limited`.
   */
  request(login: string, sender: Sender): Promise<void>
  isGood(code: string): Promise<boolean>
  /**
   * All sign-ins end; devices keep their keys. False for a code that was used, has expired or does not exist.
   * Rejects with `invalid`, `rate_limited`.
   */
  reset(code: string, password: string, sender: Sender): Promise<boolean>
}

/** Links an hour to one login name; a network may ask for a few names. */
const linksPerHour = 5
/** How many letters are on their way at a time. */
const mostUnderWay = 50

const isCode = (code: string): boolean => /^[\w-]{43}$/.test(code)

export const createPasswordResets = (deps: AccountDeps): PasswordResets => {
  const { store, standings, passwords, limits, mail, signOut, newId, now, onError, audit } = deps
  let underWay = 0

  const send = async (login: string): Promise<void> => {
    const issued = mail && (await issueReset(store, login, now()))
    if (issued === undefined) return
    audit({ event: 'password_reset_sent', userId: issued.userId })
    await mail?.send({ id: newId(), ...issued })
  }

  /** Not awaited: the time it takes would reveal whether there is such a login name. */
  const sendSoon = (login: string): void => {
    if (underWay >= mostUnderWay) return
    underWay += 1
    void send(login)
      .catch(onError)
      .finally(() => {
        underWay -= 1
      })
  }

  const codeLimit = ({ address }: Sender) => ({ key: `reset code ${networkOf(address)}`, burst: 30, everyMs: 20_000 })

  return {
    canSend: mail !== undefined,
    request: async (typed, { address }) => {
      const login = normaliseLogin(typed.slice(0, 256))
      const [ofLogin, ofNetwork] = [`reset of ${login}`, `reset from ${networkOf(address)}`]
      await limits.take(perHour(ofLogin, linksPerHour), perHour(ofNetwork, 4 * linksPerHour))
      sendSoon(login)
    },
    isGood: async (code) => isCode(code) && (await store.resetOf(hashResetCode(code), now())) !== undefined,
    reset: async (code, password, sender) => {
      await limits.take(codeLimit(sender))
      const found = isCode(code) ? await store.resetOf(hashResetCode(code), now()) : undefined
      const account = found && (await store.account(found.userId))
      if (found === undefined || !mayReset(account)) return false
      const { userId, codeHash } = found
      const reason = unfitPassword(password, account.login)
      if (reason !== undefined)
        throw new ProtocolError('invalid', undefined, { details: { in: 'body', field: 'password', reason } })
      const passwordHash = await passwords.hash(password, { ...sender, known: `reset ${userId}` })
      if (!(await store.useReset(codeHash, passwordHash, now()))) return false
      standings.forget(userId)
      audit({ event: 'password_reset', userId })
      signOut(userId, 'signed_out')
      return true
    },
  }
}
