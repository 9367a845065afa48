import { ProtocolError } from '@backscroll/protocol/errors'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { networkOf } from '../../sender-address.ts'
import type { Attempts } from '../interaction/failed-attempts.ts'
import type { OAuthLimits } from '../oauth-limits.ts'
import { setSecurityHeaders } from '../security-headers.ts'
import type { CurrentProvider } from './provider-source.ts'

const prefix = /^\/oauth(?=\/|\?|$)/

/**
 * What a proxy would state, stated by this server, which knows its own URL and whom it trusts: never what a client
 * has sent.
 */
const sayForwarded = ({ raw, ip }: FastifyRequest, publicUrl: string): void => {
  const { protocol, host, pathname } = new URL(publicUrl)
  raw.headers['x-forwarded-proto'] = protocol.slice(0, -1)
  raw.headers['x-forwarded-host'] = host
  raw.headers['x-forwarded-for'] = ip
  const path = raw.url ?? ''
  const originalUrl = `${pathname === '/' ? '' : pathname}${path}`
  Object.assign(raw, { originalUrl, url: path.replace(prefix, '') || '/' })
}

const take = (attempts: Attempts, ip: string): void => {
  const wait = attempts.take(networkOf(ip))
  if (wait > 0) throw new ProtocolError('rate_limited', undefined, { retryAfterMs: wait })
}

const isCodeForm = (url: string): boolean => /^\/oauth\/device\/?(\?|$)/.test(url)

/** No form of the protocol is longer; oidc-provider cuts off a body without a length at 56 KiB. */
const maxBodyBytes = 16_384

const limit = async ({ code, requests }: OAuthLimits, { method, url, ip, headers }: FastifyRequest): Promise<void> => {
  take(requests, ip)
  if (Number(headers['content-length'] ?? 0) > maxBodyBytes) throw new ProtocolError('too_large')
  if (method === 'POST' && isCodeForm(url)) await code(ip)
}

/** A code typed into a browser that keeps no cookies, or has lost them: the form is shown once more. */
const lacksSession = ({ method, url, headers }: FastifyRequest): boolean =>
  method === 'POST' && isCodeForm(url) && !/backscroll_session=/.test(headers.cookie ?? '')

/** A form post to the client would need a page that may send forms anywhere; none of our clients needs it. */
const refuseFormPost = ({ query }: FastifyRequest): void => {
  const mode = typeof query === 'object' && query !== null && 'response_mode' in query ? query.response_mode : undefined
  if (mode !== undefined && mode !== 'query') throw new ProtocolError('invalid', 'response_mode must be query')
}

const callbacks = new WeakMap<object, (request: FastifyRequest['raw'], response: FastifyReply['raw']) => unknown>()

const callbackOf = ({ provider }: CurrentProvider) => {
  const known = callbacks.get(provider)
  if (known !== undefined) return known
  const made = provider.callback()
  callbacks.set(provider, made)
  return made
}

/** Passes everything in the scope that is not our own page to oidc-provider, with the body unread. */
export const mountProvider = (
  scope: FastifyInstance,
  current: () => Promise<CurrentProvider>,
  limits: OAuthLimits,
): void => {
  scope.removeAllContentTypeParsers()
  scope.addContentTypeParser('*', (_request, _payload, done) => done(null))
  scope.route({
    method: ['GET', 'POST', 'OPTIONS'],
    url: '/*',
    handler: async (request, reply) => {
      await limit(limits, request)
      refuseFormPost(request)
      const found = await current()
      if (lacksSession(request)) return reply.redirect(`${found.publicUrl}/oauth/device`, 303)
      setSecurityHeaders(reply.raw)
      reply.hijack()
      sayForwarded(request, found.publicUrl)
      await callbackOf(found)(request.raw, reply.raw)
    },
  })
}
