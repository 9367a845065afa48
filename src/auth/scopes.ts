import type { UserRole } from '../ports/access.ts'

/** What a client may ask for. `messages`: all that a user's device does. The others add the role of their name, if the account has it. */
export const scopes = ['messages', 'analyst', 'admin'] as const
export type Scope = (typeof scopes)[number]

/** The roles of a token: those that the account has and that the scope asked for. */
export const rolesInScope = (roles: readonly UserRole[], granted: ReadonlySet<string>): readonly UserRole[] => [
  'user',
  ...roles.filter((role) => role !== 'user' && granted.has(role)),
]

/** Own tokens that say a scope are good for this API only with `messages`; those made on the command line say none. */
export const ownScope = ({ scope }: Readonly<Record<string, unknown>>): boolean =>
  scope === undefined || (typeof scope === 'string' && scope.split(' ').includes('messages'))
