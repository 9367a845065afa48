import type { FastifyReply, FastifyRequest } from 'fastify'
import type { AccountAnswer, OAuthDeps } from '../oauth-deps.ts'
import { secondFactorPage } from '../pages/second-factor-page.ts'
import { registerPage, signInPage } from '../pages/sign-in-page.ts'
import { finish, formOf, type OpenInteraction, sendPage } from './interaction.ts'
import type { SignInForm } from './interaction-form.ts'
import { isPasskeyChallenge, passkeyChallenge } from './passkey-challenge.ts'
import type { PendingSignIns } from './pending-sign-in.ts'

type No = Extract<AccountAnswer, { readonly kind: 'no' }>

const closed = async (): Promise<AccountAnswer> => ({
  kind: 'no',
  reason: 'Accounts are made elsewhere on this server.',
  status: 422,
})

const over: No = { kind: 'no', reason: 'This took too long. Please type your login and password again.', status: 422 }

/**
 * How a person gets in: by login and password, then by a second factor if the account has one; or by a passkey
 * alone.
 */
export const createSignInSteps = ({ accounts }: Pick<OAuthDeps, 'accounts'>, pending: PendingSignIns) => {
  const { factors } = accounts

  const passkeyFormOf = async (interaction: OpenInteraction, userId?: string) => {
    const { action, csrf } = formOf(interaction)
    const { cookieKeys } = interaction.current
    const options = await factors.askPasskey(passkeyChallenge(cookieKeys, interaction.uid), userId)
    return options && { action, csrf, options: JSON.stringify(options) }
  }

  const withStatus = (reply: FastifyReply, body: string, interaction: OpenInteraction, no: No | undefined) => {
    if (no?.retryAfterMs !== undefined) reply.header('retry-after', Math.ceil(no.retryAfterMs / 1000))
    return sendPage(reply, body, no?.status, interaction.redirectUri)
  }

  const showCredentials = async (
    interaction: OpenInteraction,
    reply: FastifyReply,
    asNew: boolean,
    login?: string,
    no?: No,
  ) => {
    const values = { ...formOf(interaction), login: login ?? interaction.loginHint, error: no?.reason }
    if (asNew) return withStatus(reply, registerPage(values), interaction, no)
    const passkey = await passkeyFormOf(interaction)
    return withStatus(reply, signInPage({ ...values, passkey }, accounts.register !== undefined), interaction, no)
  }

  const showFactor = async (interaction: OpenInteraction, reply: FastifyReply, userId: string, no?: No) => {
    const factor = await factors.of(userId)
    if (factor === undefined) return showCredentials(interaction, reply, false)
    const passkey = factor.passkey ? await passkeyFormOf(interaction, userId) : undefined
    const body = secondFactorPage({ ...formOf(interaction), app: factor.app, passkey, error: no?.reason })
    return withStatus(reply, body, interaction, no)
  }

  const enter = async (
    interaction: OpenInteraction,
    userId: string,
    amr: string[],
    request: FastifyRequest,
    reply: FastifyReply,
  ) => {
    await pending.end(interaction.uid)
    return finish(interaction, request, reply, { login: { accountId: userId, amr } })
  }

  /** The user whose password was shown in this interaction, if nothing has ended the user's sign-ins since. */
  const shownBy = async ({ uid }: OpenInteraction): Promise<string | undefined> => {
    const shown = await pending.of(uid)
    const standing = shown && (await accounts.standing(shown.userId))
    return shown !== undefined && standing !== undefined && shown.at >= standing.signInsFrom ? shown.userId : undefined
  }

  const byPassword = async (
    interaction: OpenInteraction,
    sent: SignInForm,
    request: FastifyRequest,
    reply: FastifyReply,
  ) => {
    const asNew = sent.act === 'register'
    const { known } = interaction.current
    const { cookie } = request.headers
    const sender = { address: request.ip, known: known.read(cookie, sent.login) }
    const attempt = asNew ? (accounts.register ?? closed) : accounts.signIn
    const answer = await attempt(sent.login, sent.password, sender)
    if (answer.kind === 'no') return showCredentials(interaction, reply, asNew, sent.login, answer)
    reply.header('set-cookie', known.write(cookie, sent.login))
    if ((await factors.of(answer.userId)) === undefined)
      return enter(interaction, answer.userId, ['pwd'], request, reply)
    await pending.begin(interaction.uid, answer.userId)
    return showFactor(interaction, reply, answer.userId)
  }

  const byCode = async (
    interaction: OpenInteraction,
    sent: SignInForm,
    request: FastifyRequest,
    reply: FastifyReply,
  ) => {
    const userId = await shownBy(interaction)
    if (userId === undefined) return showCredentials(interaction, reply, false, undefined, over)
    const answer = await factors.takeCode(userId, sent.code, { address: request.ip })
    if (answer.kind === 'no') return showFactor(interaction, reply, userId, answer)
    return enter(interaction, userId, ['pwd', 'otp', 'mfa'], request, reply)
  }

  const byPasskey = async (
    interaction: OpenInteraction,
    sent: SignInForm,
    request: FastifyRequest,
    reply: FastifyReply,
  ) => {
    const { uid, current } = interaction
    const userId = await shownBy(interaction)
    const isChallenge = (challenge: string) => isPasskeyChallenge(current.cookieKeys, uid, challenge)
    const answer = await factors.takePasskey(sent.credential, isChallenge, userId)
    if (answer.kind === 'in') return enter(interaction, answer.userId, ['pop', 'mfa'], request, reply)
    if (userId !== undefined) return showFactor(interaction, reply, userId, answer)
    return showCredentials(interaction, reply, false, undefined, answer)
  }

  return {
    show: async (interaction: OpenInteraction, reply: FastifyReply, asNew: boolean): Promise<FastifyReply> => {
      const userId = await shownBy(interaction)
      if (userId !== undefined) return showFactor(interaction, reply, userId)
      return showCredentials(interaction, reply, asNew && accounts.register !== undefined)
    },
    take: async (interaction: OpenInteraction, sent: SignInForm, request: FastifyRequest, reply: FastifyReply) => {
      if (sent.act === 'code') return byCode(interaction, sent, request, reply)
      if (sent.act === 'passkey') return byPasskey(interaction, sent, request, reply)
      // Typing a password begins anew.
      await pending.end(interaction.uid)
      return sent.act === 'restart'
        ? showCredentials(interaction, reply, false)
        : byPassword(interaction, sent, request, reply)
    },
  }
}
