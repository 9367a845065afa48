import { join } from 'node:path'
import type { FastifyInstance } from 'fastify'
import type { Logger } from 'pino'
import type { Accounts } from '../accounts/create-accounts.ts'
import { type ExternalIssuer, loadIssuers } from '../auth/trusted-issuers.ts'
import type { Config } from '../config.ts'
import { defaultClients, loadClients, type OAuthClient } from '../oauth/clients.ts'
import type { AccountAnswer, OAuthAccounts } from '../oauth/deps.ts'
import { oauthPlugin } from '../oauth/oauth-plugin.ts'
import type { DeviceProofs } from '../ports/access.ts'
import type { OAuthStore } from '../ports/oauth-store.ts'
import { OperatorError } from '../ports/operator-error.ts'
import type { Bucket } from '../ports/rate-limits.ts'
import { ProtocolError } from '../protocol/errors.ts'

const waiting = (ms: number): AccountAnswer => ({
  kind: 'no',
  status: 429,
  reason: `Too many attempts. Please wait ${Math.max(1, Math.ceil(ms / 1000))} seconds and try again.`,
  retryAfterMs: ms,
})

const unfit = ({ details }: ProtocolError): string =>
  `The ${details?.field === 'login' ? 'login' : 'password'} ${details?.reason ?? 'is not accepted'}.`

/** Refusals that the person who typed can do something about. All others are the server's trouble. */
const answerOf = (error: unknown): AccountAnswer => {
  if (!(error instanceof ProtocolError)) throw error
  if (error.code === 'rate_limited') return waiting(error.retryAfterMs ?? 60_000)
  if (error.code === 'invalid') return { kind: 'no', status: 422, reason: unfit(error) }
  if (error.code === 'account_exists')
    return { kind: 'no', status: 422, reason: 'This login is taken. Please choose another one.' }
  if (error.code === 'registration_closed')
    return { kind: 'no', status: 422, reason: 'Accounts are made by an administrator on this server.' }
  throw error
}

const wrong: AccountAnswer = { kind: 'no', status: 422, reason: 'Login or password is wrong.' }
const closed: AccountAnswer = { kind: 'no', status: 422, reason: 'This account is deactivated.' }

type Parts = Pick<Accounts, 'signIn' | 'registration' | 'standings'>

/** What the authorization server asks of the accounts. `registration`: may people make accounts themselves? */
export const oauthAccounts = (
  { signIn, registration, standings }: Parts,
  settings: { readonly registration: boolean },
): OAuthAccounts => ({
  signIn: async (login, password, sender) => {
    const answer = await signIn.signIn(login, password, sender).catch(answerOf)
    if (answer.kind === 'signed_in') return { kind: 'in', userId: answer.userId }
    if (answer.kind === 'wrong') return wrong
    return answer.kind === 'deactivated' ? closed : answer
  },
  register: settings.registration
    ? async (login, password, sender) => {
        const answer = await registration.register({ login, password }, sender).catch(answerOf)
        return 'kind' in answer ? answer : { kind: 'in', userId: answer.userId }
      }
    : undefined,
  standing: async (userId) => {
    const { account, devices } = await standings.fresh(userId)
    if (account?.status !== 'active' || account.origin !== 'local') return undefined
    return {
      roles: account.roles,
      signInsFrom: account.tokensFrom,
      spared: account.tokensSpare,
      deviceKeys: new Map(
        devices.flatMap(({ deviceId, signatureKey }) => (signatureKey === null ? [] : [[deviceId, signatureKey]])),
      ),
      revokedDevices: devices.filter(({ revokedAt }) => revokedAt !== null).map(({ deviceId }) => deviceId),
    }
  },
})

export interface OAuthParts {
  readonly config: Config
  readonly accounts: Parts & Pick<Accounts, 'limits'> & { readonly store: { readonly oauth: OAuthStore } }
  readonly proofs: DeviceProofs
  readonly logger: Logger
  readonly now: () => number
}

/** The own authorization server, as the composition sees it. */
export interface OAuth {
  /** Its name in tokens; undefined while nothing listens, and when there is none. */
  readonly issuerUrl: () => string | undefined
  /** Adds /oauth, unless it is switched off or tokens come from elsewhere. */
  readonly plugin: (app: FastifyInstance) => Promise<void>
  /** Tells the address that the server listens on, which is its public one when none was set. */
  readonly listening: (url: string) => void
}

/** An ID token says its client as audience: it must not pass for an access token. */
const checkClients = (clients: readonly OAuthClient[], audience: string): readonly OAuthClient[] => {
  if (!clients.some(({ id }) => id === audience)) return clients
  throw new OperatorError('BACKSCROLL_OAUTH_CLIENTS_FILE: no client may have the id that is BACKSCROLL_TOKEN_AUDIENCE')
}

/** Only whoever holds the key that signs access tokens can be an authorization server. */
const signsItself = ({ oauth, tokens }: Config): boolean =>
  oauth.enabled && tokens.jwksFile === undefined && tokens.jwksUrl === undefined

/** Ids of local users are UUIDs: no other issuer's may begin like one. */
const couldBeLocal = (prefix: string): boolean => /^[0-9a-f-]*$/.test(prefix)

/**
 * Issuers that are trusted beside the own one. Where people also have accounts of this server, each needs a prefix for its users: without it
 * one of them could have the id of a local user. Rejects with an `OperatorError` for what is wrong.
 */
export const loadExternal = async (config: Config): Promise<readonly ExternalIssuer[]> => {
  const issuers = config.issuersFile === undefined ? [] : await loadIssuers(config.issuersFile)
  const local = signsItself(config) || config.accounts.registration
  if (local && issuers.some(({ userId }) => couldBeLocal(userId.prefix)))
    throw new OperatorError(
      'BACKSCROLL_ISSUERS_FILE: an issuer needs a userId.prefix with more than 0-9, a-f and -, unless BACKSCROLL_OAUTH is off and BACKSCROLL_REGISTRATION closed',
    )
  return issuers
}

/** Opens what is configured. Rejects with an `OperatorError` when a file of it is wrong. */
export const openOAuth = async ({ config, accounts, proofs, logger, now }: OAuthParts): Promise<OAuth> => {
  const { oauth, tokens, dataDirectory } = config
  const clients = oauth.clientsFile === undefined ? defaultClients : await loadClients(oauth.clientsFile)
  let publicUrl = oauth.publicUrl
  const deps = {
    store: accounts.store.oauth,
    accounts: oauthAccounts(accounts, config.accounts),
    limits: { take: (buckets: readonly Bucket[]) => accounts.limits.take(...buckets) },
    proofs,
    keyDirectory: join(dataDirectory, 'keys'),
    settings: {
      publicUrl: () => publicUrl,
      audience: tokens.audience,
      clients: checkClients(clients, tokens.audience),
      accessTokenTtl: oauth.accessTokenTtl,
      refreshTokenTtl: oauth.refreshTokenTtl,
      refreshGraceMs: oauth.refreshGraceMs,
    },
    logger,
    now,
  }
  const enabled = signsItself(config)
  return {
    issuerUrl: () => (enabled && publicUrl !== undefined ? `${publicUrl}/oauth` : undefined),
    plugin: async (app) => (enabled ? oauthPlugin(app, deps) : undefined),
    listening: (url) => {
      publicUrl ??= url
    },
  }
}
