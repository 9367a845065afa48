import type { GroupInfo } from 'ts-mls'
import { z } from 'zod'
import { fromUtf8, utf8 } from '../../encoding/bytes.ts'
import { E2eeError } from '../../errors/e2ee-error.ts'
import { type Member, memberAt, membersOf, type Tree } from '../state/group-state.ts'
import { type Roles, rolesExtension, rolesIn } from './member-roles.ts'

/**
 * Who is in a conversation, by user id, each with the device that let this user in, `user/device`; empty where that
 * is not known.
 */
export type Roster = ReadonlyMap<string, string>

/** Part of the GroupInfo, and so under its signature. The type is of the range for private use (RFC 9420, 17.3). */
const extensionType = 0xf0b5

const form = z.strictObject({
  v: z.literal(1),
  members: z.array(z.tuple([z.string(), z.string()])),
  departing: z.array(z.string()).min(1).optional(),
})

const readJson = (bytes: Uint8Array): unknown => {
  try {
    return JSON.parse(fromUtf8(bytes))
  } catch {
    return undefined
  }
}

type Extensions = GroupInfo['extensions']

const rosterExtension = (roster: Roster, departing: readonly string[]): Extensions => {
  const said = { v: 1, members: [...roster], ...(departing.length > 0 && { departing }) }
  return [{ extensionType, extensionData: utf8(JSON.stringify(said)) }]
}

export const vouchingExtensions = ({ roster, departing = [], roles }: Vouching): Extensions => [
  ...(roster === undefined ? [] : rosterExtension(roster, departing)),
  ...(roles === undefined ? [] : rolesExtension(roles)),
]

/** No roster where the signer states none. Throws `malformed`. */
const rosterOf = (extensions: Extensions): Pick<Vouched, 'roster' | 'departing'> => {
  const [found, more] = extensions.filter((one) => one.extensionType === extensionType)
  if (found === undefined) return { roster: undefined, departing: [] }
  const parsed = form.safeParse(readJson(found.extensionData))
  if (more !== undefined || !parsed.success) throw new E2eeError('malformed')
  return { roster: new Map(parsed.data.members), departing: parsed.data.departing ?? [] }
}

/** Who is in the conversation, and what they may do. */
export interface Vouching {
  readonly roster?: Roster | undefined
  /** Users whose devices are still in the tree, but who are no longer members. */
  readonly departing?: readonly string[] | undefined
  readonly roles?: Roles | undefined
}

/** What the signer of a GroupInfo vouches for. */
export interface Vouched {
  readonly signer: Member
  readonly epoch: number
  /** Devices in the tree. */
  readonly members: readonly Member[]
  readonly roster: Roster | undefined
  readonly departing: readonly string[]
  readonly roles: Roles
}

/** Does not check the signature. Throws `malformed`, and `forbidden_commit` for a signer that is not in the tree. */
export const vouchedBy = ({ groupContext, extensions, signer }: GroupInfo, tree: Tree): Vouched => ({
  signer: memberAt(tree, signer),
  epoch: Number(groupContext.epoch),
  members: membersOf(tree),
  ...rosterOf(extensions),
  roles: rolesIn(extensions),
})
