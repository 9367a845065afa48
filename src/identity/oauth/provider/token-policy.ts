import type { AccessToken, Configuration, KoaContextWithOIDC } from 'oidc-provider'
import { interactionPolicy as basePolicy, errors } from 'oidc-provider'
import { rolesInScope, scopes } from '../../tokens/scopes.ts'
import type { OAuthDeps, OAuthStanding } from '../oauth-deps.ts'
import type { BoundGrant, DeviceBinding } from './device-binding.ts'
import type { DeviceSender } from './device-sender.ts'

const isAccessToken = (token: { readonly kind: string }): token is AccessToken => token.kind === 'AccessToken'

/** The one resource that access tokens are for: this server's API. */
export const resourceOf = (publicUrl: string): string => `${publicUrl}/`

/** Access tokens are JWTs for the API, whether the client names it as `resource` or not. */
export const resourceIndicators = (publicUrl: string, { settings }: OAuthDeps) => ({
  enabled: true,
  defaultResource: async () => resourceOf(publicUrl),
  useGrantedResource: async () => true,
  getResourceServerInfo: async (_ctx: KoaContextWithOIDC, resource: string) => {
    if (resource !== resourceOf(publicUrl)) throw new errors.InvalidTarget()
    return {
      scope: scopes.join(' '),
      audience: settings.audience,
      accessTokenFormat: 'jwt' as const,
      accessTokenTTL: settings.accessTokenTtl,
      jwt: { sign: { alg: 'EdDSA' as const } },
    }
  },
})

/**
 * What the API's verifier needs besides `sub`: the device that the grant is bound to, and the account's present
 * roles.
 */
export const extraTokenClaims =
  ({ accounts }: OAuthDeps, binding: DeviceBinding): NonNullable<Configuration['extraTokenClaims']> =>
  async (_ctx, token) => {
    if (!isAccessToken(token)) return undefined
    const { grantId = '', accountId } = token
    const grant = await binding.of(grantId)
    if (grant === undefined) throw new errors.InvalidGrant('the grant names no device')
    const { roles } = (await accounts.standing(accountId)) ?? { roles: [] }
    return { device: grant.device, roles: rolesInScope(roles, new Set(token.scope?.split(' '))) }
  }

const isOver = (
  { signInsFrom, signInsTo, spared, revokedDevices }: OAuthStanding,
  { device, at }: BoundGrant,
): boolean =>
  (spared?.deviceId === device ? at < Math.min(spared.from, signInsFrom) : at < signInsFrom || at > signInsTo) ||
  revokedDevices.includes(device)

/** A browser's own session states its beginning in whole seconds. */
const hasOutlived = ({ signInsFrom, signInsTo }: OAuthStanding, loginTs: number): boolean =>
  (loginTs + 1) * 1000 <= signInsFrom || loginTs * 1000 > signInsTo

/** Undefined ends the sign-in: the account is gone, the user was signed out since, or the device was revoked. */
export const findAccount =
  ({ accounts }: OAuthDeps, binding: DeviceBinding, sender: DeviceSender): NonNullable<Configuration['findAccount']> =>
  async (ctx, sub, token) => {
    const standing = await accounts.standing(sub)
    if (standing === undefined) return undefined
    const grantId = token !== undefined && 'grantId' in token ? token.grantId : undefined
    const grant = grantId === undefined ? undefined : await binding.of(grantId)
    if (grant !== undefined && isOver(standing, grant)) return undefined
    // Before a refresh token is used up, or the answer to its last use is repeated.
    if (grantId !== undefined) await sender.check({ accountId: sub, grantId })
    const { loginTs } = ctx.oidc.session ?? {}
    if (grant === undefined && loginTs !== undefined && hasOutlived(standing, loginTs)) return undefined
    return { accountId: sub, claims: async () => ({ sub }) }
  }

/** Asks again for login and password when a browser's session has outlived its account's sign-ins. */
export const createPolicy = (): basePolicy.DefaultPolicy => {
  const policy = basePolicy.base()
  policy
    .get('login')
    ?.checks.add(
      new basePolicy.Check('account_gone', 'the sign-in is over', 'login_required', ({ oidc }) =>
        oidc.session?.accountId !== undefined && oidc.account === undefined
          ? basePolicy.Check.REQUEST_PROMPT
          : basePolicy.Check.NO_NEED_TO_PROMPT,
      ),
    )
  return policy
}
