import type { role } from '@backscroll/protocol/role'
import { z } from 'zod'
import { type Extensions, jsonExtension, readJsonExtension } from './json-extension.ts'

export type Role = z.output<typeof role>

/** What members may do in a group, as devices have signed it. */
export interface Roles {
  /** Owners and admins; undefined where no commit ever told this device. */
  readonly above: ReadonlyMap<string, 'owner' | 'admin'> | undefined
}

export const unknownRoles: Roles = { above: undefined }

/** Undefined where roles are not known. */
export const roleOf = ({ above }: Roles, userId: string): Role | undefined => above && (above.get(userId) ?? 'member')

/** May a member with this role remove one with the other? */
export const removes = (role: Role, other: Role): boolean =>
  role === 'owner' || (role === 'admin' && other === 'member')

export const changesRole = (role: Role, from: Role, to: Role): boolean =>
  role === 'owner' || (role === 'admin' && from === 'member' && to === 'admin')

/** The user who begins a group owns it. */
export const rolesOfOwner = (userId: string): Roles => ({ above: new Map([[userId, 'owner']]) })
export const rolesOfTwo: Roles = { above: new Map() }

/** A user who joins or leaves keeps no earlier role. */
export const withoutRoles = ({ above }: Roles, users: readonly string[]): Roles => ({
  above: above && new Map([...above].filter(([user]) => !users.includes(user))),
})

export const withRole = ({ above }: Roles, userId: string, role: Role): Roles => {
  if (above === undefined) return { above }
  const others = [...above].filter(([user]) => user !== userId)
  return { above: new Map(role === 'member' ? others : [...others, [userId, role]]) }
}

const storedForm = z.object({
  above: z.array(z.tuple([z.string(), z.enum(['owner', 'admin'])])).nullable(),
})

export const storedRoles = storedForm.transform(
  ({ above }): Roles => ({ above: above === null ? undefined : new Map(above) }),
)
export const storeRoles = ({ above }: Roles): z.input<typeof storedForm> => ({
  above: above === undefined ? null : [...above],
})

const extensionType = 0xf0b6

export const rolesExtension = (roles: Roles): Extensions => jsonExtension(extensionType, { v: 1, ...storeRoles(roles) })

/** Throws `malformed`. */
export const rolesIn = (extensions: Extensions): Roles =>
  readJsonExtension(extensions, extensionType, storedRoles) ?? unknownRoles
