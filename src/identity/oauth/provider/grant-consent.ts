import { rolesInScope } from '../../tokens/scopes.ts'
import type { OpenInteraction } from '../interaction/interaction.ts'
import type { OAuthDeps } from '../oauth-deps.ts'
import type { DeviceBinding } from './device-binding.ts'
import { lifetimes } from './token-lifetimes.ts'

/** Scopes that the account can have: `messages` always, a role's scope only with the role. */
export const grantable = async (
  { accounts }: Pick<OAuthDeps, 'accounts'>,
  accountId: string,
  asked: readonly string[],
): Promise<readonly string[]> => {
  const roles = rolesInScope((await accounts.standing(accountId))?.roles ?? [], new Set(asked))
  return asked.filter((scope) => scope === 'messages' || roles.some((role) => role === scope))
}

/** Makes the grant that was just allowed, bound to its device. Scopes that the account cannot have are refused. */
export const makeGrant = async (
  deps: Pick<OAuthDeps, 'accounts'>,
  binding: DeviceBinding,
  interaction: OpenInteraction,
  accountId: string,
): Promise<string> => {
  const { Grant } = interaction.current.provider
  const grant = new Grant({ accountId, clientId: interaction.clientId })
  const plain = interaction.scopes.filter((scope) => ['openid', 'offline_access'].includes(scope))
  if (plain.length > 0) grant.addOIDCScope(plain.join(' '))
  for (const [resource, asked] of Object.entries(interaction.missingResourceScopes)) {
    const granted = await grantable(deps, accountId, asked)
    const refused = asked.filter((scope) => !granted.includes(scope))
    if (granted.length > 0) grant.addResourceScope(resource, granted.join(' '))
    if (refused.length > 0) grant.rejectResourceScope(resource, refused.join(' '))
  }
  const grantId = await grant.save()
  await binding.bind(grantId, accountId, interaction.device, lifetimes.grant)
  return grantId
}
