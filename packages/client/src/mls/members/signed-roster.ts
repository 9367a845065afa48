import type { GroupInfo } from 'ts-mls'
import { z } from 'zod'
import { type Member, memberAt, membersOf, type Tree } from '../state/group-state.ts'
import { type Extensions, jsonExtension, readJsonExtension } from './json-extension.ts'
import { type Roles, rolesExtension, rolesIn } from './member-roles.ts'

/**
 * The members of a conversation by user id, each with the device that let the user in (`user/device`). The device
 * is empty if it is not known.
 */
export type Roster = ReadonlyMap<string, string>

const extensionType = 0xf0b5

const form = z.strictObject({
  v: z.literal(1),
  members: z.array(z.tuple([z.string(), z.string()])),
  departing: z.array(z.string()).min(1).optional(),
})

const rosterExtension = (roster: Roster, departing: readonly string[]): Extensions => {
  const said = { v: 1, members: [...roster], ...(departing.length > 0 && { departing }) }
  return jsonExtension(extensionType, said)
}

export const vouchingExtensions = ({ roster, departing = [], roles }: Vouching): Extensions => [
  ...(roster === undefined ? [] : rosterExtension(roster, departing)),
  ...(roles === undefined ? [] : rolesExtension(roles)),
]

/** No roster where the signer states none. Throws `malformed`. */
const rosterOf = (extensions: Extensions): Pick<Vouched, 'roster' | 'departing'> => {
  const found = readJsonExtension(extensions, extensionType, form)
  return { roster: found === undefined ? undefined : new Map(found.members), departing: found?.departing ?? [] }
}

/** The members of the conversation and their roles. */
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
