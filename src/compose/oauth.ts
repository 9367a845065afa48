import type { Accounts } from '../accounts/create-accounts.ts'
import type { AccountAnswer, OAuthAccounts } from '../oauth/deps.ts'
import { ProtocolError } from '../protocol/errors.ts'

const waiting = (ms: number): AccountAnswer => ({
  kind: 'no',
  status: 429,
  reason: `Too many attempts. Please wait ${Math.max(1, Math.ceil(ms / 1000))} seconds and try again.`,
  retryAfterMs: ms,
})

const unfit = ({ details }: ProtocolError): string =>
  `The ${details?.field === 'login' ? 'login' : 'password'} ${details?.reason ?? 'is not accepted'}.`

/** Refusals that the person who typed can do something about. All others are the server's trouble. */
const answerOf = (error: unknown): AccountAnswer => {
  if (!(error instanceof ProtocolError)) throw error
  if (error.code === 'rate_limited') return waiting(error.retryAfterMs ?? 60_000)
  if (error.code === 'invalid') return { kind: 'no', status: 422, reason: unfit(error) }
  if (error.code === 'account_exists')
    return { kind: 'no', status: 422, reason: 'This login is taken. Please choose another one.' }
  if (error.code === 'registration_closed')
    return { kind: 'no', status: 422, reason: 'Accounts are made by an administrator on this server.' }
  throw error
}

const wrong: AccountAnswer = { kind: 'no', status: 422, reason: 'Login or password is wrong.' }
const closed: AccountAnswer = { kind: 'no', status: 422, reason: 'This account is deactivated.' }

type Parts = Pick<Accounts, 'signIn' | 'registration' | 'standings'>

/** What the authorization server asks of the accounts. `registration`: may people make accounts themselves? */
export const oauthAccounts = (
  { signIn, registration, standings }: Parts,
  settings: { readonly registration: boolean },
): OAuthAccounts => ({
  signIn: async (login, password, from) => {
    const answer = await signIn.signIn(login, password, from).catch(answerOf)
    if (answer.kind === 'signed_in') return { kind: 'in', userId: answer.userId }
    if (answer.kind === 'wrong') return wrong
    return answer.kind === 'deactivated' ? closed : answer
  },
  register: settings.registration
    ? async (login, password, from) => {
        const answer = await registration.register({ login, password }, from).catch(answerOf)
        return 'kind' in answer ? answer : { kind: 'in', userId: answer.userId }
      }
    : undefined,
  standing: async (userId) => {
    const { account, devices } = await standings.of(userId)
    if (account?.status !== 'active' || account.origin !== 'local') return undefined
    return {
      roles: account.roles,
      signInsFrom: account.tokensFrom,
      revokedDevices: devices.filter(({ revokedAt }) => revokedAt !== null).map(({ deviceId }) => deviceId),
    }
  },
})
