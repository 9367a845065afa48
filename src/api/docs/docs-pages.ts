import { createHash } from 'node:crypto'
import fastify, { type FastifyInstance } from 'fastify'
import { type StaticFile, staticFile } from './static-files.ts'

/**
 * The pages that show the documents. Scalar has five megabytes, so it is loaded at the first visit: a small server
 * of its own, which never listens and is called within the process.
 */
const createPages = async (): Promise<FastifyInstance> => {
  const { default: scalar } = await import('@scalar/fastify-api-reference')
  const pages = fastify()
  // Nothing is requested from Scalar's own services: no fonts, no telemetry, no proxy between the page and this
  // server.
  const silent = { withDefaultFonts: false, telemetry: false, hideClientButton: true, proxyUrl: '' } as const
  // And none of them is offered: these buttons ("Deploy", "Share", "Ask AI") would send the document to them.
  const offers = { showDeveloperTools: 'never', agent: { disabled: true }, mcp: { disabled: true } } as const
  const page = (routePrefix: '/docs' | '/docs/ws', url: string, pageTitle: string) =>
    pages.register(scalar, { routePrefix, configuration: { ...silent, ...offers, url, pageTitle } })
  // Relative to the page: a proxy may put all of it under its own path.
  await page('/docs', 'openapi.json', 'Backscroll REST API')
  await page('/docs/ws', '../asyncapi.json', 'Backscroll WebSocket protocol')
  return pages
}

const inlineScript = /<script(?![^>]*\bsrc=)[^>]*>([\s\S]*?)<\/script>/g

const hashOf = (script: string): string => `'sha256-${createHash('sha256').update(script).digest('base64')}'`

/** Nothing from elsewhere; of inline scripts only those that the page itself contains. */
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

/** A page and the policy that it comes with. */
export interface Page {
  readonly file: StaticFile
  readonly policy: string
}

export interface Pages {
  readonly rest: Page
  readonly socket: Page
  /** Both load it, by an address that names its version. */
  readonly script: Page
}

const textAt = async (pages: FastifyInstance, url: string): Promise<string> =>
  (await pages.inject({ method: 'GET', url })).body

const html = async (text: string, script: string): Promise<Page> => {
  const body = text.replace('src="js/scalar.js"', `src="${script}"`)
  return { file: await staticFile('text/html; charset=utf-8', body), policy: policyFor(body) }
}

const load = async (): Promise<Pages> => {
  const pages = await createPages()
  const file = await staticFile('text/javascript; charset=utf-8', await textAt(pages, '/docs/js/scalar.js'))
  const script = `js/scalar.js?v=${file.hash}`
  const [rest, socket] = [await textAt(pages, '/docs/'), await textAt(pages, '/docs/ws/')]
  await pages.close()
  return {
    rest: await html(rest, script),
    socket: await html(socket, `../${script}`),
    script: { file, policy: "default-src 'none'" },
  }
}

/** Made at the first visit. */
export const createPageSource = (): (() => Promise<Pages>) => {
  let pages: Promise<Pages> | undefined
  return () => {
    pages ??= load()
    return pages
  }
}
