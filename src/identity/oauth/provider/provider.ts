import type { EventEmitter } from 'node:events'
import type { JWK } from 'jose'
import { type Configuration, type KoaContextWithOIDC, Provider } from 'oidc-provider'
import type { OAuthDeps } from '../oauth-deps.ts'
import { formTargetOf, withFormTarget } from '../security-headers.ts'
import { checkDeviceParameter, type DeviceBinding } from './device-binding.ts'
import { createDeviceSender, type DeviceSender } from './device-sender.ts'
import { allowsOrigin, metadataOf } from './oauth-clients.ts'
import { createProviderPages } from './provider-pages.ts'
import { createAdapter } from './provider-storage.ts'
import { lifetimes } from './token-lifetimes.ts'
import { createPolicy, extraTokenClaims, findAccount, resourceIndicators } from './token-policy.ts'

export interface ProviderKeys {
  /** Private, EdDSA. */
  readonly signing: JWK
  readonly cookies: readonly string[]
}

const routes = {
  authorization: '/auth',
  token: '/token',
  jwks: '/jwks',
  revocation: '/revoke',
  device_authorization: '/device/auth',
  code_verification: '/device',
  end_session: '/session/end',
}

/** Browsers send these cookies over TLS alone when the server's URL is https. */
const cookies = (secure: boolean, base: string, keys: readonly string[]): NonNullable<Configuration['cookies']> => {
  const prefix = secure ? '__Secure-' : ''
  const shared = { httpOnly: true, sameSite: 'lax', secure, signed: true } as const
  return {
    keys: [...keys],
    names: {
      session: `${prefix}backscroll_session`,
      interaction: `${prefix}backscroll_interaction`,
      resume: `${prefix}backscroll_resume`,
    },
    long: { ...shared, path: base },
    short: shared,
  }
}

const features = (publicUrl: string, base: string, deps: OAuthDeps): NonNullable<Configuration['features']> => {
  const pages = createProviderPages(base)
  return {
    devInteractions: { enabled: false },
    userinfo: { enabled: false },
    pushedAuthorizationRequests: { enabled: false },
    dPoP: { enabled: false },
    revocation: { enabled: true, allowedPolicy: (_ctx, client, token) => token.clientId === client.clientId },
    resourceIndicators: resourceIndicators(publicUrl, deps),
    rpInitiatedLogout: { enabled: true, logoutSource: pages.signOut, postLogoutSuccessSource: pages.signedOut },
    deviceFlow: {
      enabled: true,
      deviceInfo: (ctx) => ({ ip: ctx.ip }),
      userCodeInputSource: pages.userCodeInput,
      userCodeConfirmSource: pages.userCodeConfirm,
      successSource: pages.userCodeSuccess,
    },
  }
}

const ttl = ({ settings }: OAuthDeps): NonNullable<Configuration['ttl']> => ({
  AccessToken: settings.accessTokenTtl,
  RefreshToken: settings.refreshTokenTtl,
  AuthorizationCode: lifetimes.authorizationCode,
  DeviceCode: lifetimes.deviceCode,
  IdToken: lifetimes.idToken,
  Interaction: lifetimes.interaction,
  Session: lifetimes.session,
  Grant: lifetimes.grant,
})

/** Only the grant of this very sign-in: each has one device, so none is reused. */
const ownGrant = async ({ oidc }: KoaContextWithOIDC) => {
  const grantId = oidc.result?.consent?.grantId
  return grantId === undefined ? undefined : oidc.provider.Grant.find(grantId)
}

const configurationOf = (
  publicUrl: string,
  base: string,
  keys: ProviderKeys,
  deps: OAuthDeps,
  binding: DeviceBinding,
  sender: DeviceSender = createDeviceSender(deps, binding),
) =>
  ({
    adapter: createAdapter(deps, sender),
    clients: deps.settings.clients.map(metadataOf),
    clientAuthMethods: ['none'],
    clientBasedCORS: (_ctx, origin, client) => allowsOrigin(client.redirectUris ?? [], origin),
    clientDefaults: { id_token_signed_response_alg: 'EdDSA', token_endpoint_auth_method: 'none' },
    allowOmittingSingleRegisteredRedirectUri: false,
    clockTolerance: 0,
    cookies: cookies(publicUrl.startsWith('https:'), base, keys.cookies),
    enabledJWA: { idTokenSigningAlgValues: ['EdDSA'] },
    expiresWithSession: async () => false,
    extraParams: { device: checkDeviceParameter },
    extraTokenClaims: extraTokenClaims(deps, binding),
    features: features(publicUrl, base, deps),
    findAccount: findAccount(deps, binding, sender),
    interactions: { policy: createPolicy(), url: (_ctx, interaction) => `${base}/interaction/${interaction.uid}` },
    issueRefreshToken: async (_ctx, client) => client.grantTypeAllowed('refresh_token'),
    jwks: { keys: [{ ...keys.signing }] },
    loadExistingGrant: ownGrant,
    pkce: { required: () => true },
    renderError: createProviderPages(base).error,
    responseTypes: ['code'],
    rotateRefreshToken: true,
    routes,
    // The API's own scopes belong to the resource; naming them here would ask for them twice.
    scopes: ['openid', 'offline_access'],
    ttl: ttl(deps),
  }) satisfies Configuration

/** The sign-out form ends where the client wanted its user back, which was checked before. */
const allowReturn = async (ctx: KoaContextWithOIDC, next: () => Promise<void>): Promise<void> => {
  await next()
  if (ctx.oidc?.route !== 'end_session' || ctx.status !== 200) return
  const target = formTargetOf(ctx.oidc.params?.post_logout_redirect_uri)
  const header = 'content-security-policy'
  if (target !== undefined) ctx.set(header, withFormTarget(ctx.response.get(header), target))
}

/**
 * The authorization server at `<publicUrl>/oauth`, with the present keys. All its memory is in the store, so it can
 * be created again at any time.
 */
export const createProvider = (
  publicUrl: string,
  keys: ProviderKeys,
  deps: OAuthDeps,
  binding: DeviceBinding,
): Provider => {
  const issuer = `${publicUrl}/oauth`
  const provider = new Provider(issuer, configurationOf(publicUrl, new URL(issuer).pathname, keys, deps, binding))
  // The mount itself states what a proxy would, so that a client cannot.
  provider.proxy = true
  provider.use(allowReturn)
  const log = (error: Error) => deps.logger.error({ err: error }, 'the authorization server failed')
  const events: EventEmitter = provider
  events.on('server_error', (_ctx: unknown, error: Error) => log(error))
  // Without a listener they would be printed.
  events.on('error', log)
  return provider
}
