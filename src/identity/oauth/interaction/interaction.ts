import type { FastifyReply, FastifyRequest } from 'fastify'
import { errors, type InteractionResults } from 'oidc-provider'
import { pageType } from '../pages/layout.ts'
import type { CurrentProvider } from '../provider/provider-source.ts'
import { formTargetOf, securityHeaders } from '../security-headers.ts'
import { csrfToken } from './csrf.ts'

/** One sign-in in progress, as a request for one of its pages finds it. */
export interface OpenInteraction {
  readonly current: CurrentProvider
  readonly uid: string
  readonly prompt: 'login' | 'consent'
  /** The account of the signed-in browser; undefined before the sign-in. */
  readonly accountId: string | undefined
  readonly clientId: string
  readonly clientName: string
  /** The device that the tokens will be for. */
  readonly device: string
  /** The redirect URI of the request; undefined for the device grant. */
  readonly redirectUri: string | undefined
  readonly scopes: readonly string[]
  /** Resource scopes that no grant covers yet: resource -> scopes. */
  readonly missingResourceScopes: Readonly<Record<string, readonly string[]>>
  readonly missingScopes: readonly string[]
  readonly loginHint: string | undefined
}

const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)

const texts = (value: unknown): readonly string[] =>
  Array.isArray(value) ? value.filter((entry) => typeof entry === 'string') : []

const byResource = (value: unknown): Readonly<Record<string, readonly string[]>> =>
  typeof value === 'object' && value !== null
    ? Object.fromEntries(Object.entries(value).map(([resource, names]) => [resource, texts(names)]))
    : {}

const open = async (current: CurrentProvider, uid: string, request: FastifyRequest, reply: FastifyReply) => {
  const details = await current.provider.interactionDetails(request.raw, reply.raw)
  if (details.uid !== uid) throw new errors.SessionNotFound('another interaction')
  return details
}

/** Undefined when this browser has no such sign-in in progress: expired, finished, or another browser's. */
export const findInteraction = async (
  current: CurrentProvider,
  uid: string,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<OpenInteraction | undefined> => {
  const details = await open(current, uid, request, reply).catch((error: unknown) => {
    if (error instanceof errors.SessionNotFound) return undefined
    throw error
  })
  if (details === undefined) return undefined
  const { params, prompt, session } = details
  const clientId = text(params.client_id) ?? ''
  const client = await current.provider.Client.find(clientId)
  return {
    current,
    uid,
    prompt: prompt.name === 'consent' ? 'consent' : 'login',
    accountId: session?.accountId,
    clientId,
    clientName: client?.clientName ?? clientId,
    device: text(params.device) ?? '',
    redirectUri: text(params.redirect_uri),
    scopes: text(params.scope)?.split(' ') ?? [],
    missingResourceScopes: byResource(prompt.details.missingResourceScopes),
    missingScopes: texts(prompt.details.missingOIDCScope),
    loginHint: text(params.login_hint)?.slice(0, 256),
  }
}

/** What every form of the interaction needs. */
export const formOf = ({ current, uid, clientName }: OpenInteraction) => {
  const base = new URL(`${current.publicUrl}/oauth`).pathname
  return { base, action: `${base}/interaction/${uid}`, csrf: csrfToken(current.cookieKeys, uid), clientName }
}

export const sendPage = (reply: FastifyReply, body: string, status = 200, redirectUri?: string): FastifyReply =>
  reply
    .code(status)
    // Only our own templates make bodies: they escape what people type.
    .headers(securityHeaders(formTargetOf(redirectUri), body.includes('<script src=')))
    .type(pageType)
    .send(body)

/** Ends this step; the browser goes on to where oidc-provider says, never to an address from the request. */
export const finish = async (
  { current }: OpenInteraction,
  request: FastifyRequest,
  reply: FastifyReply,
  result: InteractionResults,
): Promise<FastifyReply> => {
  const merge = { mergeWithLastSubmission: result.consent !== undefined }
  const next = await current.provider.interactionResult(request.raw, reply.raw, result, merge)
  return reply.headers(securityHeaders()).redirect(next, 303)
}
