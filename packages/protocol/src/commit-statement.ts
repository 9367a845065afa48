import { z } from 'zod'
import { readCanonical } from './canonical-json.ts'
import { userId } from './ids.ts'
import { limits } from './limits.ts'
import { role } from './role.ts'

const roleChange = z.strictObject({ userId, role })
const v = z.literal(1)
const form = z.union([
  z.strictObject({ v, addUsers: z.array(userId).min(1).max(limits.membersPerRequest) }),
  z.strictObject({ v, role: roleChange }),
])

/** The new roles, by user. */
export type RoleChange = z.output<typeof roleChange>

/**
 * What a commit states about the members, in its authenticated data, which its committer signs: it lets users in,
 * gives a user another role, or neither.
 */
export interface CommitStatement {
  readonly addUsers: readonly string[]
  readonly role?: RoleChange | undefined
}

const none = new Uint8Array(0)
const encode = (json: unknown) => new TextEncoder().encode(JSON.stringify(json))

/** Canonical: the same statement always has the same bytes, for clients and server. An empty statement has none. */
export const encodeCommitStatement = ({ addUsers, role }: CommitStatement): Uint8Array<ArrayBuffer> => {
  if (role !== undefined) return encode({ v: 1, role: { userId: role.userId, role: role.role } })
  return addUsers.length === 0 ? none : encode({ v: 1, addUsers: [...new Set(addUsers)].sort() })
}

/** A user id is at most 128 characters; quotes and a comma. */
const maximumBytes = 64 + limits.membersPerRequest * 131

const read = (json: unknown): CommitStatement | undefined => {
  const { data } = form.safeParse(json)
  if (data === undefined) return undefined
  return 'role' in data ? { addUsers: [], role: data.role } : { addUsers: data.addUsers }
}

/** Undefined for bytes that differ from what `encodeCommitStatement` makes. */
export const parseCommitStatement = (bytes: Uint8Array): CommitStatement | undefined => {
  if (bytes.length === 0) return { addUsers: [] }
  if (bytes.length > maximumBytes) return undefined
  return readCanonical(bytes, read, encodeCommitStatement)
}
