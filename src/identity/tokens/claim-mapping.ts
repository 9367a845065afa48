import type { UserRole } from '../../ports/identity/access.ts'

/** A claim by its exact name, or by a path of names into nested objects. */
export type ClaimPath = string | readonly string[]

/** Where the device id of a token comes from: a claim, or what the request states beside the token. */
export type DeviceMapping = { readonly claim: ClaimPath } | { readonly from: 'request' }

/** How the claims of one issuer are read. */
export interface ClaimMapping {
  readonly userId: { readonly claim: ClaimPath; readonly prefix: string }
  readonly device: DeviceMapping
  /**
   * Without it every user is a plain user. `names`: the issuer's name of a role -> ours; roles that it does not
   * name count for nothing.
   */
  readonly roles?:
    | { readonly claim: ClaimPath; readonly names?: Readonly<Record<string, UserRole>> | undefined }
    | undefined
  /** All of `required` must be in the claim: words between spaces, or a list. */
  readonly scope?: { readonly claim: ClaimPath; readonly required: readonly string[] } | undefined
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const child = (value: unknown, name: string): unknown =>
  isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined

const at = (payload: unknown, path: ClaimPath): unknown =>
  typeof path === 'string' ? child(payload, path) : path.reduce<unknown>(child, payload)

const texts = (value: unknown): readonly string[] => {
  if (typeof value === 'string') return value.split(' ').filter((word) => word !== '')
  return Array.isArray(value) ? value.filter((entry) => typeof entry === 'string') : []
}

const roleNames: Readonly<Record<string, UserRole>> = { user: 'user', analyst: 'analyst', admin: 'admin' }

const rolesOf = (payload: unknown, roles: ClaimMapping['roles']): readonly UserRole[] => {
  if (roles === undefined) return ['user']
  const names = new Map(Object.entries(roles.names ?? roleNames))
  const named = texts(at(payload, roles.claim)).flatMap((name) => names.get(name) ?? [])
  return [...new Set<UserRole>(['user', ...named])]
}

const hasScope = (payload: unknown, scope: ClaimMapping['scope']): boolean => {
  if (scope === undefined) return true
  const granted = new Set(texts(at(payload, scope.claim)))
  return scope.required.every((name) => granted.has(name))
}

const deviceOf = (payload: unknown, device: DeviceMapping, requested: string | undefined): unknown =>
  'claim' in device ? at(payload, device.claim) : requested

/**
 * An issuer's verified claims as this server's own; undefined when a required scope is missing. The form of the
 * claims is not checked.
 */
export const mapClaims = (
  mapping: ClaimMapping,
  payload: Readonly<Record<string, unknown>>,
  requestedDevice: string | undefined,
): Readonly<Record<string, unknown>> | undefined => {
  if (!hasScope(payload, mapping.scope)) return undefined
  const user = at(payload, mapping.userId.claim)
  return {
    sub: typeof user === 'string' ? `${mapping.userId.prefix}${user}` : undefined,
    device: deviceOf(payload, mapping.device, requestedDevice),
    roles: rolesOf(payload, mapping.roles),
    exp: payload.exp,
    iat: payload.iat,
  }
}
