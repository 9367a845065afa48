import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { OAuthDeps } from '../oauth-deps.ts'
import { consentPage } from '../pages/consent-page.ts'
import { messagePage } from '../pages/layout.ts'
import type { DeviceBinding } from '../provider/device-binding.ts'
import { grantable, makeGrant } from '../provider/grant-consent.ts'
import type { CurrentProvider } from '../provider/provider-source.ts'
import { isCsrfToken, isOwnForm } from './csrf.ts'
import { findInteraction, finish, formOf, type OpenInteraction, sendPage } from './interaction.ts'
import { interactionForm, type SignInForm } from './interaction-form.ts'
import { createPendingSignIns } from './pending-sign-in.ts'
import { createSignInSteps } from './sign-in-steps.ts'

export interface InteractionParts {
  readonly deps: OAuthDeps
  readonly binding: DeviceBinding
  readonly current: () => Promise<CurrentProvider>
}

const uidOf = ({ params }: FastifyRequest): string => z.object({ uid: z.string() }).parse(params).uid

const isRegistration = ({ query }: FastifyRequest): boolean =>
  typeof query === 'object' && query !== null && 'new' in query

const goesTo = (redirectUri: string | undefined): string | undefined => {
  if (redirectUri === undefined) return undefined
  const { host, protocol } = new URL(redirectUri)
  return host === '' ? protocol : host
}

export const interactionRoutes = (scope: FastifyInstance, { deps, binding, current }: InteractionParts): void => {
  const steps = createSignInSteps(deps, createPendingSignIns(deps.store, deps.now))

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

  const showConsent = async (interaction: OpenInteraction, accountId: string, reply: FastifyReply) => {
    const asked = Object.values(interaction.missingResourceScopes).flat()
    const scopes = await grantable(deps, accountId, asked)
    const { device, redirectUri } = interaction
    const body = consentPage({ ...formOf(interaction), device, scopes, goesTo: goesTo(redirectUri) })
    return sendPage(reply, body, 200, redirectUri)
  }

  const cancel = { error: 'access_denied', error_description: 'the user has cancelled' }

  const act = async (interaction: OpenInteraction, sent: SignInForm, request: FastifyRequest, reply: FastifyReply) => {
    const { prompt, accountId } = interaction
    if (sent.act === 'cancel') return finish(interaction, request, reply, cancel)
    if (prompt === 'consent') {
      if (sent.act !== 'consent' || accountId === undefined) return refused(interaction, reply)
      const grantId = await makeGrant(deps, binding, interaction, accountId)
      return finish(interaction, request, reply, { consent: { grantId } })
    }
    if (sent.act === 'consent') return refused(interaction, reply)
    return steps.take(interaction, sent, request, reply)
  }

  scope.get('/interaction/:uid', async (request, reply) => {
    const interaction = await findInteraction(await current(), uidOf(request), request, reply)
    if (interaction === undefined) return gone(reply)
    if (interaction.prompt === 'login') return steps.show(interaction, reply, isRegistration(request))
    return interaction.accountId === undefined ? gone(reply) : showConsent(interaction, interaction.accountId, reply)
  })

  scope.post('/interaction/:uid', async (request, reply) => {
    const found = await current()
    const interaction = await findInteraction(found, uidOf(request), request, reply)
    if (interaction === undefined) return gone(reply)
    const sent = interactionForm.safeParse(request.body)
    const trusted = isOwnForm(request.headers, found.publicUrl)
    if (!sent.success || !trusted || !isCsrfToken(found.cookieKeys, interaction.uid, sent.data.csrf))
      return refused(interaction, reply)
    return act(interaction, sent.data, request, reply)
  })
}
