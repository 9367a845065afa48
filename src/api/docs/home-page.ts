import { createHash } from 'node:crypto'
import { ProtocolError } from '@backscroll/protocol/errors'
import type { FastifyInstance } from 'fastify'
import type { ApiDeps } from '../api-deps.ts'
import { type StaticFile, sendStatic, staticFile } from './static-files.ts'

type Link = readonly [path: string, what: string]

const docsLinks: readonly Link[] = [
  ['docs', 'REST API'],
  ['docs/ws', 'WebSocket protocol'],
  ['docs/openapi.json', 'OpenAPI document'],
  ['docs/asyncapi.json', 'AsyncAPI document'],
]
const healthLinks: readonly Link[] = [
  ['healthz', 'Health: the process answers'],
  ['readyz', 'Readiness: it can serve'],
]
const metricsLink: Link = ['metrics', 'Metrics']

const style =
  ':root{color-scheme:light dark}body{font:1rem/1.5 system-ui,sans-serif;max-width:40rem;margin:4rem auto;padding:0 1rem}'

/** Nothing but the page's own style. */
const policy = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'`,
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

/** Links are relative: a proxy may put all of it under its own path. */
const listOf = (links: readonly Link[]): string =>
  `<ul>${links.map(([path, what]) => `<li><a href="${path}">${what}</a></li>`).join('')}</ul>`

const pageOf = (version: string, links: readonly Link[]): string => `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Backscroll</title>
<style>${style}</style>
<h1>Backscroll</h1>
<p>This is a Backscroll server, version ${version}: a messaging backend. It has no pages for chatting; applications talk to it.</p>
${listOf(links)}
</html>
`

/** Whether the request comes from a browser, or from another client that prefers a page. */
const wantsPage = (accept: string | undefined): boolean =>
  /\btext\/html\b(?!\s*;\s*q=0(?:\.0*)?\s*(?:,|$))/i.test(accept ?? '')

/**
 * `/` for people who open the server's address in a browser. Other clients get `not_found`. Without a token: it
 * reveals nothing about anybody.
 */
export const homeRoute = (app: FastifyInstance, { version, settings }: Pick<ApiDeps, 'version' | 'settings'>): void => {
  const links = [
    ...(settings.docs ? docsLinks : []),
    ...healthLinks,
    ...(settings.metrics === 'open' ? [metricsLink] : []),
  ]
  let made: Promise<StaticFile> | undefined
  app.get('/', { schema: { hide: true } }, async (request, reply) => {
    if (!wantsPage(request.headers.accept)) throw new ProtocolError('not_found')
    made ??= staticFile('text/html; charset=utf-8', pageOf(version, links))
    const answer = sendStatic(request, reply.header('content-security-policy', policy), await made)
    return answer.header('vary', 'Accept, Accept-Encoding')
  })
}
