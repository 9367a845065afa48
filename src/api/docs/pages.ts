import { createHash } from 'node:crypto'
import fastify, { type FastifyInstance } from 'fastify'

/**
 * The pages that show the documents. Scalar is five megabytes, so it is loaded at the first visit: a small server of its own, never
 * listening, that is asked in process.
 */
const createPages = async (): Promise<FastifyInstance> => {
  const { default: scalar } = await import('@scalar/fastify-api-reference')
  const pages = fastify()
  // Nothing is asked of Scalar's own services: no fonts, no telemetry, no proxy between the page and this server.
  const silent = { withDefaultFonts: false, telemetry: false, hideClientButton: true, proxyUrl: '' } as const
  // And nothing of it is offered: these buttons ("Deploy", "Share", "Ask AI") would send the document to them.
  const offers = { showDeveloperTools: 'never', agent: { disabled: true }, mcp: { disabled: true } } as const
  const page = (routePrefix: '/docs' | '/docs/ws', url: string, pageTitle: string) =>
    pages.register(scalar, { routePrefix, configuration: { ...silent, ...offers, url, pageTitle } })
  // Relative to the page: a proxy may put all of it behind a path of its own.
  await page('/docs', 'openapi.json', 'Backscroll REST API')
  await page('/docs/ws', '../asyncapi.json', 'Backscroll WebSocket protocol')
  return pages
}

const inlineScript = /<script(?![^>]*\bsrc=)[^>]*>([\s\S]*?)<\/script>/g

const hashOf = (script: string): string => `'sha256-${createHash('sha256').update(script).digest('base64')}'`

/** Nothing from elsewhere; of inline scripts only those that the page itself came with. */
const policyFor = (html: string): string => {
  const scripts = [...html.matchAll(inlineScript)].map((match) => hashOf(match[1] ?? ''))
  return [
    "default-src 'none'",
    `script-src 'self' ${scripts.join(' ')}`,
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data: blob:",
    "font-src 'self' data:",
    "connect-src 'self'",
    "worker-src 'self' blob:",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; ')
}

export interface Page {
  readonly status: number
  readonly type: string
  readonly body: string
  readonly policy: string
}

export const createPageSource = () => {
  let pages: Promise<FastifyInstance> | undefined
  return async (path: string): Promise<Page> => {
    pages ??= createPages()
    const answer = await (await pages).inject({ method: 'GET', url: path })
    const type = String(answer.headers['content-type'] ?? 'text/plain')
    const policy = type.startsWith('text/html') ? policyFor(answer.body) : "default-src 'none'"
    return { status: answer.statusCode, type, body: answer.body, policy }
  }
}
