import { join } from 'node:path'
import type { FastifyInstance } from 'fastify'
import type { Logger } from 'pino'
import type { Config } from '../../config/config.ts'
import type { Accounts } from '../../identity/accounts/create-accounts.ts'
import { oauthPlugin } from '../../identity/oauth/oauth-plugin.ts'
import { checkClientIds, defaultClients, loadClients } from '../../identity/oauth/provider/oauth-clients.ts'
import { oauthAccounts } from '../../identity/oauth-accounts.ts'
import type { PublicUrl } from '../../identity/public-url.ts'
import { type ExternalIssuer, loadTrustedIssuers } from '../../identity/tokens/trusted-issuers.ts'
import type { DeviceProofs } from '../../ports/identity/access.ts'
import type { OAuthStore } from '../../ports/identity/oauth-store.ts'
import type { Bucket } from '../../ports/rate-limits.ts'

export interface OAuthParts {
  readonly config: Config
  readonly accounts: Omit<Accounts, 'close'> & { readonly store: { readonly oauth: OAuthStore } }
  readonly publicUrl: PublicUrl
  readonly proofs: DeviceProofs
  readonly logger: Logger
  readonly now: () => number
}

/** Our own authorization server, as the composition sees it. */
export interface OAuth {
  /** Its name in tokens; undefined while nothing listens, and when there is none. */
  readonly issuerUrl: () => string | undefined
  /** Adds /oauth, unless it is switched off or tokens come from elsewhere. */
  readonly plugin: (app: FastifyInstance) => Promise<void>
}

/** Only a holder of the key that signs access tokens can be an authorization server. */
const signsItself = ({ oauth, tokens }: Config): boolean =>
  oauth.enabled && tokens.jwksFile === undefined && tokens.jwksUrl === undefined

/** Issuers that are trusted besides our own. */
export const loadExternal = async (config: Config): Promise<readonly ExternalIssuer[]> =>
  config.issuersFile === undefined
    ? []
    : loadTrustedIssuers(config.issuersFile, signsItself(config) || config.accounts.registration)

/** Opens what is configured. Rejects with an `OperatorError` when one of its files is wrong. */
export const openOAuth = async ({ config, accounts, publicUrl, proofs, logger, now }: OAuthParts): Promise<OAuth> => {
  const { oauth, tokens, dataDirectory } = config
  const clients = oauth.clientsFile === undefined ? defaultClients : await loadClients(oauth.clientsFile)
  const deps = {
    store: accounts.store.oauth,
    accounts: oauthAccounts(accounts, { ...config.accounts, now }),
    limits: { take: (buckets: readonly Bucket[]) => accounts.limits.take(...buckets) },
    proofs,
    keyDirectory: join(dataDirectory, 'keys'),
    settings: {
      publicUrl: publicUrl.of,
      audience: tokens.audience,
      clients: checkClientIds(clients, tokens.audience),
      accessTokenTtl: oauth.accessTokenTtl,
      refreshTokenTtl: oauth.refreshTokenTtl,
      refreshGraceMs: oauth.refreshGraceMs,
    },
    logger,
    now,
  }
  const enabled = signsItself(config)
  return {
    issuerUrl: () => {
      const url = publicUrl.of()
      return enabled && url !== undefined ? `${url}/oauth` : undefined
    },
    plugin: async (app) => (enabled ? oauthPlugin(app, deps) : undefined),
  }
}
