import { ProtocolError } from '@backscroll/protocol/errors'
import { z } from 'zod'
import { sinceWhen } from './accounts/access/token-admission.ts'
import type { Accounts } from './accounts/create-accounts.ts'
import type { AuthenticationResponseJSON } from './accounts/sign-in/passkeys.ts'
import type { AccountAnswer, OAuthAccounts, OAuthFactors, OAuthResets } from './oauth/oauth-deps.ts'

type No = Extract<AccountAnswer, { readonly kind: 'no' }>

const no = (reason: string): No => ({ kind: 'no', status: 422, reason })

const waiting = (ms: number): No => ({
  kind: 'no',
  status: 429,
  reason: `Too many attempts. Please wait ${Math.max(1, Math.ceil(ms / 1000))} seconds and try again.`,
  retryAfterMs: ms,
})

const unfit = ({ details }: ProtocolError): string =>
  `The ${details?.field === 'login' ? 'login' : 'password'} ${details?.reason ?? 'is not accepted'}.`

/** Refusals that the person who typed can act on. All others are the server's trouble. */
const answerOf = (error: unknown): No => {
  if (!(error instanceof ProtocolError)) throw error
  if (error.code === 'rate_limited') return waiting(error.retryAfterMs ?? 60_000)
  if (error.code === 'invalid') return no(unfit(error))
  if (error.code === 'account_exists') return no('This login is taken. Please choose another one.')
  if (error.code === 'registration_closed') return no('Accounts are made by an administrator on this server.')
  throw error
}

const wrong = no('Login or password is wrong.')
const closed = no('This account is deactivated.')
const wrongCode = no('This code is wrong, or was used before.')
const wrongPasskey = no('This passkey does not belong to an account here.')

const base64url = z.base64url().max(4096)

/** As a browser's script sends it; what it proves is checked later. */
const passkeyAnswer = z.object({
  id: base64url,
  rawId: base64url,
  type: z.literal('public-key'),
  response: z.object({
    clientDataJSON: base64url,
    authenticatorData: base64url,
    signature: base64url,
    userHandle: base64url.optional(),
  }),
})

const parsedAnswer = (text: string): AuthenticationResponseJSON | undefined => {
  try {
    const { response, ...rest } = passkeyAnswer.parse(JSON.parse(text))
    const { userHandle, ...shown } = response
    return {
      ...rest,
      response: { ...shown, ...(userHandle !== undefined && { userHandle }) },
      clientExtensionResults: {},
    }
  } catch {
    return undefined
  }
}

type Parts = Pick<Accounts, 'signIn' | 'registration' | 'standings' | 'secondFactors' | 'passkeys' | 'passwordResets'>

const isActive = async ({ standings }: Pick<Parts, 'standings'>, userId: string): Promise<boolean> => {
  const { account } = await standings.fresh(userId)
  return account?.status === 'active' && account.origin === 'local'
}

const factorsOf = (parts: Parts): OAuthFactors => ({
  of: async (userId) => {
    const { totp, passkeys } = await parts.secondFactors.status(userId)
    return totp || passkeys > 0 ? { app: totp, passkey: passkeys > 0 } : undefined
  },
  takeCode: async (userId, code, sender) => {
    const taken = await parts.secondFactors.takeCode(userId, code, sender).catch(answerOf)
    if (typeof taken !== 'boolean') return taken
    return taken ? { kind: 'in', userId } : wrongCode
  },
  askPasskey: (challenge, userId) => parts.passkeys.ask(challenge, userId),
  takePasskey: async (text, isChallenge, asked) => {
    const answer = parsedAnswer(text)
    const userId = answer && (await parts.passkeys.take(answer, { isChallenge, userId: asked }))
    if (userId === undefined) return wrongPasskey
    return (await isActive(parts, userId)) ? { kind: 'in', userId } : closed
  },
})

const resetsOf = ({ passwordResets }: Parts): OAuthResets => ({
  canSend: passwordResets.canSend,
  request: (login, sender) => passwordResets.request(login, sender).then(() => ({ kind: 'done' as const }), answerOf),
  isGood: passwordResets.isGood,
  reset: async (code, password, sender) => {
    const answer = await passwordResets.reset(code, password, sender).catch(answerOf)
    if (typeof answer !== 'boolean') return answer
    return { kind: answer ? 'done' : 'gone' }
  },
})

/** What the authorization server needs of the accounts. `registration`: may people create accounts themselves? */
export const oauthAccounts = (
  parts: Parts,
  settings: { readonly registration: boolean; readonly now: () => number },
): OAuthAccounts => ({
  signIn: async (login, password, sender) => {
    const answer = await parts.signIn.signIn(login, password, sender).catch(answerOf)
    if (answer.kind === 'signed_in') return { kind: 'in', userId: answer.userId }
    if (answer.kind === 'wrong') return wrong
    return answer.kind === 'deactivated' ? closed : answer
  },
  register: settings.registration
    ? async (login, password, sender) => {
        const answer = await parts.registration.register({ login, password }, sender).catch(answerOf)
        return 'kind' in answer ? answer : { kind: 'in', userId: answer.userId }
      }
    : undefined,
  factors: factorsOf(parts),
  resets: resetsOf(parts),
  standing: async (userId) => {
    const { account, devices } = await parts.standings.fresh(userId)
    if (account?.status !== 'active' || account.origin !== 'local') return undefined
    const since = sinceWhen(account.tokensFrom, settings.now())
    return {
      roles: account.roles,
      signInsFrom: since.from,
      signInsTo: since.to,
      spared: account.tokensSpare,
      deviceKeys: new Map(
        devices.flatMap(({ deviceId, signatureKey }) => (signatureKey === null ? [] : [[deviceId, signatureKey]])),
      ),
      revokedDevices: devices.filter(({ revokedAt }) => revokedAt !== null).map(({ deviceId }) => deviceId),
    }
  },
})
