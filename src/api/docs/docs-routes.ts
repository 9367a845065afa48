import type { FastifyInstance } from 'fastify'
import { asyncApi } from './asyncapi.ts'
import { createPageSource } from './pages.ts'

const hidden = { hide: true }

/** /docs and /docs/ws, and the documents behind them. Without a token: they say nothing about anybody. */
export const docsRoutes = (app: FastifyInstance, version: string): void => {
  const pageAt = createPageSource()
  app.get('/docs/openapi.json', { schema: hidden }, async () => app.swagger())
  app.get('/docs/asyncapi.json', { schema: hidden }, async () => asyncApi(version))
  // Relative: a proxy may have taken a prefix off.
  for (const name of ['docs', 'ws'])
    app.get(name === 'docs' ? '/docs' : '/docs/ws', { schema: hidden }, async (_request, reply) =>
      reply.redirect(`${name}/`, 302),
    )
  for (const path of ['/docs/', '/docs/ws/', '/docs/js/scalar.js', '/docs/ws/js/scalar.js'])
    app.get(path, { schema: hidden }, async (_request, reply) => {
      const page = await pageAt(path)
      return reply.code(page.status).header('content-security-policy', page.policy).type(page.type).send(page.body)
    })
}
