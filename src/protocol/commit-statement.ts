import { z } from 'zod'
import { readCanonical } from './canonical-json.ts'
import { userId } from './ids.ts'
import { limits } from './limits.ts'

/** What a commit says about the members, in its authenticated data: its committer has signed it. The same bytes for clients and server. */
const statement = z.strictObject({ v: z.literal(1), addUsers: z.array(userId).min(1).max(limits.membersPerRequest) })

const none = new Uint8Array(0)

/** Canonical: the same users always have the same bytes; nobody is none. */
export const encodeCommitStatement = (addUsers: readonly string[]): Uint8Array<ArrayBuffer> =>
  addUsers.length === 0
    ? none
    : new TextEncoder().encode(JSON.stringify({ v: 1, addUsers: [...new Set(addUsers)].sort() }))

/** A user id is at most 128 characters; quotes and a comma. */
const maximumBytes = 64 + limits.membersPerRequest * 131

/**
 * Who becomes a member by a commit with this authenticated data; undefined for bytes that are not exactly what
 * `encodeCommitStatement` makes.
 */
export const parseCommitStatement = (bytes: Uint8Array): readonly string[] | undefined => {
  if (bytes.length === 0) return []
  if (bytes.length > maximumBytes) return undefined
  return readCanonical(bytes, (json) => statement.safeParse(json).data?.addUsers, encodeCommitStatement)
}
