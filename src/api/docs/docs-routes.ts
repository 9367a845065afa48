import type { FastifyInstance } from 'fastify'
import type { ApiDeps } from '../api-deps.ts'
import { asyncApi } from './asyncapi.ts'
import { createPageSource, type Pages } from './docs-pages.ts'
import { type StaticFile, sendStatic, staticFile } from './static-files.ts'

type DocsDeps = Pick<ApiDeps, 'version' | 'publicUrl'>

const hidden = { hide: true }
const json = 'application/json; charset=utf-8'

/** A document is made once for each address of the server: the one in its settings, or where it listens. */
const documentOf = (make: (publicUrl: string | undefined) => object) => {
  let made: { readonly of: string | undefined; readonly file: Promise<StaticFile> } | undefined
  return (publicUrl: string | undefined): Promise<StaticFile> => {
    if (made === undefined || made.of !== publicUrl)
      made = { of: publicUrl, file: staticFile(json, JSON.stringify(make(publicUrl))) }
    return made.file
  }
}

const documents = (app: FastifyInstance, version: string) => ({
  '/docs/openapi.json': documentOf((url) => ({
    ...app.swagger(),
    servers: [{ url: url ?? '/', description: 'This server' }],
  })),
  '/docs/asyncapi.json': documentOf((url) => asyncApi(version, url)),
})

const pagePaths: readonly (readonly [path: string, page: keyof Pages])[] = [
  ['/docs/', 'rest'],
  ['/docs/ws/', 'socket'],
  ['/docs/js/scalar.js', 'script'],
]

/** /docs and /docs/ws, and the documents behind them. Without a token: they reveal nothing about anybody. */
export const docsRoutes = (app: FastifyInstance, { version, publicUrl }: DocsDeps): void => {
  for (const [path, document] of Object.entries(documents(app, version)))
    app.get(path, { schema: hidden }, async (request, reply) =>
      sendStatic(request, reply, await document(publicUrl?.())),
    )
  // Relative: a proxy may have taken a prefix off.
  for (const name of ['docs', 'ws'])
    app.get(name === 'docs' ? '/docs' : '/docs/ws', { schema: hidden }, async (_request, reply) =>
      reply.redirect(`${name}/`, 302),
    )
  const pages = createPageSource()
  for (const [path, name] of pagePaths)
    app.get(path, { schema: hidden }, async (request, reply) => {
      const { file, policy } = (await pages())[name]
      return sendStatic(request, reply.header('content-security-policy', policy), file)
    })
}
