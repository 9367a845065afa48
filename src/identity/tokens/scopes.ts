import type { UserRole } from '../../ports/identity/access.ts'

/**
 * What a client may ask for. `messages`: all that a user's device does. The others add the role of their name, if
 * the account has it.
 */
export const scopes = ['messages', 'analyst', 'admin'] as const

/** The roles of a token: those that the account has and that the scope asked for. */
export const rolesInScope = (roles: readonly UserRole[], granted: ReadonlySet<string>): readonly UserRole[] => [
  'user',
  ...roles.filter((role) => role !== 'user' && granted.has(role)),
]

/** Signing in issues tokens for other purposes, too; only with this scope are they valid for the API. */
export const hasApiScope = ({ scope }: Readonly<Record<string, unknown>>): boolean =>
  typeof scope === 'string' && scope.split(' ').includes('messages')
