import { readFile } from 'node:fs/promises'
import type { FastifyInstance } from 'fastify'
import { createDateGuard } from '../../runtime/date-guard.ts'
import { createLocalKeys } from '../tokens/keys/local-keys.ts'
import { interactionRoutes } from './interaction/interaction-routes.ts'
import { resetRoutes } from './interaction/reset-routes.ts'
import type { OAuthDeps } from './oauth-deps.ts'
import { createLimits } from './oauth-limits.ts'
import { passkeyScript } from './pages/passkey-page.ts'
import { style } from './pages/style.ts'
import { createDeviceBinding } from './provider/device-binding.ts'
import { mountProvider } from './provider/mount-provider.ts'
import { createProviderSource } from './provider/provider-source.ts'

const formType = 'application/x-www-form-urlencoded'
const maxFormBytes = 16_384

/** Forms only; these pages accept nothing else. A field that occurs twice counts once. */
const readForms = (scope: FastifyInstance): void => {
  scope.removeAllContentTypeParsers()
  scope.addContentTypeParser(formType, { parseAs: 'string', bodyLimit: maxFormBytes }, (_request, body, done) =>
    done(null, Object.fromEntries(new URLSearchParams(String(body)))),
  )
}

/** All published keys, including those that no longer sign: tokens that they signed are still valid. */
const keyRoute = (scope: FastifyInstance, { keyDirectory }: OAuthDeps): void => {
  scope.get('/jwks', async (_request, reply) => {
    const { jwksFile } = await createLocalKeys(keyDirectory)
    reply.headers({ 'access-control-allow-origin': '*', 'cache-control': 'public, max-age=60' })
    return reply.type('application/jwk-set+json').send(await readFile(jwksFile, 'utf8'))
  })
}

const styleRoute = (scope: FastifyInstance): void => {
  scope.get('/style.css', (_request, reply) =>
    reply.header('cache-control', 'public, max-age=3600').type('text/css; charset=utf-8').send(style),
  )
}

const scriptRoute = (scope: FastifyInstance): void => {
  scope.get('/passkey.js', (_request, reply) =>
    reply.header('cache-control', 'public, max-age=3600').type('text/javascript; charset=utf-8').send(passkeyScript),
  )
}

/** How often, in milliseconds, expired records are deleted. */
const purgeEvery = 60_000

const purgeNowAndThen = (
  app: FastifyInstance,
  { store, now, elapsed = () => performance.now(), logger }: OAuthDeps,
): void => {
  const guard = createDateGuard({ date: now, elapsed })
  const purge = async () => {
    if (guard.isSure())
      await store.purge(now()).catch((error: unknown) => logger.error({ err: error }, 'purging failed'))
  }
  const timer = setInterval(purge, purgeEvery).unref()
  app.addHook('onClose', async () => clearInterval(timer))
}

/**
 * The embedded authorization server (OAuth 2.0, OpenID Connect) below /oauth: authorization code with PKCE, refresh tokens that rotate,
 * device authorization, revocation, discovery, keys, sign-out; and the pages on which people sign in.
 */
export const oauthPlugin = async (app: FastifyInstance, deps: OAuthDeps): Promise<void> => {
  const binding = createDeviceBinding(deps.store, deps.now)
  const current = createProviderSource(deps, binding)
  const limits = createLimits(deps)
  purgeNowAndThen(app, deps)
  await app.register(
    async (scope) => {
      keyRoute(scope, deps)
      styleRoute(scope)
      scriptRoute(scope)
      await scope.register(async (pages) => {
        readForms(pages)
        interactionRoutes(pages, { deps, binding, current })
        resetRoutes(pages, deps, current)
      })
      await scope.register(async (provider) => mountProvider(provider, current, limits))
    },
    { prefix: '/oauth' },
  )
}
