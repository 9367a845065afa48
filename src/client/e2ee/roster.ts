import type { GroupInfo } from 'ts-mls'
import { z } from 'zod'
import { fromUtf8, utf8 } from './bytes.ts'
import { E2eeError } from './e2ee-error.ts'
import { type Member, memberAt, membersOf, type Tree } from './group-state.ts'
import { type Roles, rolesExtension, rolesIn } from './roles.ts'

/** Who is in a conversation, by user id, each with the device that let this user in, `user/device`; empty where that is not known. */
export type Roster = ReadonlyMap<string, string>

/** In the GroupInfo, and so under its signature. Of the range for private use (RFC 9420, 17.3). */
const extensionType = 0xf0b5

const form = z.strictObject({ v: z.literal(1), members: z.array(z.tuple([z.string(), z.string()])) })

const readJson = (bytes: Uint8Array): unknown => {
  try {
    return JSON.parse(fromUtf8(bytes))
  } catch {
    return undefined
  }
}

type Extensions = GroupInfo['extensions']

export const vouchingExtensions = ({ roster, roles }: Vouching): Extensions => [
  ...(roster === undefined
    ? []
    : [{ extensionType, extensionData: utf8(JSON.stringify({ v: 1, members: [...roster] })) }]),
  ...(roles === undefined ? [] : rolesExtension(roles)),
]

/** Undefined where the signer says nothing about it. Throws `malformed`. */
const rosterOf = (extensions: Extensions): Roster | undefined => {
  const [found, more] = extensions.filter((one) => one.extensionType === extensionType)
  if (found === undefined) return undefined
  const parsed = form.safeParse(readJson(found.extensionData))
  if (more !== undefined || !parsed.success) throw new E2eeError('malformed')
  return new Map(parsed.data.members)
}

/** Who is in, and what they may do. */
export interface Vouching {
  readonly roster?: Roster | undefined
  readonly roles?: Roles | undefined
}

/** What the signer of a GroupInfo vouches for. */
export interface Vouched {
  readonly signer: Member
  readonly epoch: number
  /** Devices in the tree. */
  readonly members: readonly Member[]
  readonly roster: Roster | undefined
  readonly roles: Roles
}

/** Says nothing about the signature. Throws `malformed`, and `forbidden_commit` for a signer that is not in the tree. */
export const vouchedBy = ({ groupContext, extensions, signer }: GroupInfo, tree: Tree): Vouched => ({
  signer: memberAt(tree, signer),
  epoch: Number(groupContext.epoch),
  members: membersOf(tree),
  roster: rosterOf(extensions),
  roles: rolesIn(extensions),
})
