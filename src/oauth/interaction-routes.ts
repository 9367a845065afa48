import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { isCsrfToken, isOwnForm } from './csrf.ts'
import type { AccountAnswer, OAuthDeps } from './deps.ts'
import type { DeviceBinding } from './device-binding.ts'
import { grantable, makeGrant } from './grant-consent.ts'
import { findInteraction, finish, formOf, type OpenInteraction, sendPage } from './interaction.ts'
import { consentPage } from './pages/consent.ts'
import { messagePage } from './pages/layout.ts'
import { registerPage, signInPage } from './pages/sign-in.ts'
import type { CurrentProvider } from './provider-source.ts'

export interface InteractionParts {
  readonly deps: OAuthDeps
  readonly binding: DeviceBinding
  readonly current: () => Promise<CurrentProvider>
}

const form = z.object({
  csrf: z.string().max(128),
  act: z.enum(['sign-in', 'register', 'consent', 'cancel']),
  login: z.string().max(256).default(''),
  password: z.string().max(1024).default(''),
})
type Form = z.output<typeof form>

const uidOf = ({ params }: FastifyRequest): string => z.object({ uid: z.string() }).parse(params).uid

const isRegistration = ({ query }: FastifyRequest): boolean =>
  typeof query === 'object' && query !== null && 'new' in query

const goesTo = (redirectUri: string | undefined): string | undefined => {
  if (redirectUri === undefined) return undefined
  const { host, protocol } = new URL(redirectUri)
  return host === '' ? protocol : host
}

const closed = async (): Promise<AccountAnswer> => ({
  kind: 'no',
  reason: 'Accounts are made elsewhere on this server.',
  status: 422,
})

export const interactionRoutes = (scope: FastifyInstance, { deps, binding, current }: InteractionParts): void => {
  const { accounts } = deps

  const gone = async (reply: FastifyReply): Promise<FastifyReply> => {
    const base = new URL(`${(await current()).publicUrl}/oauth`).pathname
    const message = 'It has expired or was finished before. Please start again in the app where you want to sign in.'
    return sendPage(reply, messagePage({ base }, 'This sign-in is over', message), 404)
  }

  const refused = (interaction: OpenInteraction, reply: FastifyReply): FastifyReply =>
    sendPage(
      reply,
      messagePage(formOf(interaction), 'This form was not accepted', 'Please go back and try again.'),
      403,
    )

  const showCredentials = (interaction: OpenInteraction, reply: FastifyReply, asNew: boolean): FastifyReply => {
    const values = { ...formOf(interaction), login: interaction.loginHint }
    const body = asNew ? registerPage(values) : signInPage(values, accounts.register !== undefined)
    return sendPage(reply, body, 200, interaction.redirectUri)
  }

  const showConsent = async (interaction: OpenInteraction, accountId: string, reply: FastifyReply) => {
    const asked = Object.values(interaction.missingResourceScopes).flat()
    const scopes = await grantable(deps, accountId, asked)
    const { device, redirectUri } = interaction
    const body = consentPage({ ...formOf(interaction), device, scopes, goesTo: goesTo(redirectUri) })
    return sendPage(reply, body, 200, redirectUri)
  }

  const answered = (
    interaction: OpenInteraction,
    { act, login }: Form,
    answer: AccountAnswer,
    request: FastifyRequest,
    reply: FastifyReply,
  ): FastifyReply | Promise<FastifyReply> => {
    if (answer.kind === 'in')
      return finish(interaction, request, reply, { login: { accountId: answer.userId, amr: ['pwd'] } })
    if (answer.retryAfterMs !== undefined) reply.header('retry-after', Math.ceil(answer.retryAfterMs / 1000))
    const values = { ...formOf(interaction), login, error: answer.reason }
    const body = act === 'register' ? registerPage(values) : signInPage(values, accounts.register !== undefined)
    return sendPage(reply, body, answer.status, interaction.redirectUri)
  }

  const cancel = { error: 'access_denied', error_description: 'the user has cancelled' }

  const act = async (interaction: OpenInteraction, sent: Form, request: FastifyRequest, reply: FastifyReply) => {
    const { prompt, accountId } = interaction
    if (sent.act === 'cancel') return finish(interaction, request, reply, cancel)
    if (prompt === 'consent') {
      if (sent.act !== 'consent' || accountId === undefined) return refused(interaction, reply)
      const grantId = await makeGrant(deps, binding, interaction, accountId)
      return finish(interaction, request, reply, { consent: { grantId } })
    }
    if (sent.act === 'consent') return refused(interaction, reply)
    const attempt = sent.act === 'register' ? (accounts.register ?? closed) : accounts.signIn
    const { known } = interaction.current
    const { cookie } = request.headers
    const sender = { address: request.ip, known: known.read(cookie, sent.login) }
    const answer = await attempt(sent.login, sent.password, sender)
    if (answer.kind === 'in') reply.header('set-cookie', known.write(cookie, sent.login))
    return answered(interaction, sent, answer, request, reply)
  }

  scope.get('/interaction/:uid', async (request, reply) => {
    const interaction = await findInteraction(await current(), uidOf(request), request, reply)
    if (interaction === undefined) return gone(reply)
    if (interaction.prompt === 'login')
      return showCredentials(interaction, reply, isRegistration(request) && accounts.register !== undefined)
    return interaction.accountId === undefined ? gone(reply) : showConsent(interaction, interaction.accountId, reply)
  })

  scope.post('/interaction/:uid', async (request, reply) => {
    const found = await current()
    const interaction = await findInteraction(found, uidOf(request), request, reply)
    if (interaction === undefined) return gone(reply)
    const sent = form.safeParse(request.body)
    const trusted = isOwnForm(request.headers, found.publicUrl)
    if (!sent.success || !trusted || !isCsrfToken(found.cookieKeys, interaction.uid, sent.data.csrf))
      return refused(interaction, reply)
    return act(interaction, sent.data, request, reply)
  })
}
