import { directConversationId } from '@backscroll/protocol/direct-conversation-id'
import { E2eeError } from '../../errors/e2ee-error.ts'
import { type Roles, roleOf } from '../../mls/members/member-roles.ts'
import type { Roster, Vouched } from '../../mls/members/signed-roster.ts'
import { isLater } from '../../mls/state/epoch-order.ts'
import type { Member } from '../../mls/state/group-state.ts'
import type { Group } from '../state/group.ts'
import { deviceName } from '../state/group-context.ts'

/** Version 5 UUIDs name direct conversations, and nothing else [M1]. */
export const isDirect = (conversationId: string): boolean => conversationId[14] === '5'

/** In a direct conversation its id says who the two are, whatever anybody else says. */
export const mayBeIn = (conversationId: string, me: string, userId: string): boolean =>
  !isDirect(conversationId) || userId === me || directConversationId(me, userId) === conversationId

type Named = Pick<Group, 'conversationId'>
type User = { readonly userId: string }

/** Throws `stranger` for the first of these users whom no member's device let in, or who cannot be one of the two. */
export const requireMembers = (
  { conversationId: id }: Named,
  me: string,
  users: readonly User[],
  roster: Pick<Roster, 'has'>,
): void => {
  const found = users.find(({ userId }) => !roster.has(userId) || !mayBeIn(id, me, userId))
  if (found !== undefined) throw new E2eeError('stranger', { userId: found.userId })
}

export interface Admission extends Vouched {
  readonly generation: number
  /** This user was let in anew: the device that did so need not be known. */
  readonly invited: boolean
}

/** A GroupInfo without a roster vouches for those whom it shows. */
const namedBy = ({ roster, members, signer }: Vouched): Roster =>
  roster ?? new Map(members.map(({ userId }) => [userId, deviceName(signer)]))

/** In the tree, except those who wait to be removed: nothing is sent before they are. */
const staying = (group: Named, { members, departing, roster }: Vouched): readonly Member[] =>
  isDirect(group.conversationId)
    ? members
    : members.filter(({ userId }) => roster?.has(userId) === true || !departing.includes(userId))

const requireKnown = ({ userId, deviceId }: Member, known: Roster): void => {
  if (!known.has(userId)) throw new E2eeError('unknown_signer', { userId, deviceId })
}

export interface Admitted {
  readonly roster: Roster
  readonly roles: Roles
}

/** It is known who let in the users whom this device knew: no new statement counts. */
const withKnown = (named: Roster, known: Roster): Roster =>
  new Map([...named].map(([userId, by]) => [userId, known.get(userId) || by]))

/** Any member may begin a group that was reset: a plain member's word gives nobody a role. */
const rolesBy = (group: Group, { generation, signer, roles }: Admission): Roles =>
  generation > group.highest.generation && roleOf(group.roles, signer.userId) === 'member' ? group.roles : roles

/**
 * Whether this device enters a group that it cannot follow by commits: by a Welcome or from outside. Answers with
 * the members from then on. Throws `stranger` for a user in the tree whom nobody vouches for, `unknown_signer`
 * where this device knows members and the voucher is not one of them.
 */
export const admit = (group: Group, me: string, admission: Admission): Admitted => {
  const { signer, invited, generation, epoch } = admission
  const members = staying(group, admission)
  const named = namedBy(admission)
  requireMembers(group, me, members, named)
  const allowed = new Map([...named].filter(([userId]) => mayBeIn(group.conversationId, me, userId)))
  if (group.roster.size === 0 || invited) return { roster: allowed, roles: admission.roles }
  requireKnown(signer, group.roster)
  // An old state of the group lets nobody in who was not there, or has left since.
  if (isLater({ generation, epoch }, group.highest))
    return { roster: withKnown(allowed, group.roster), roles: rolesBy(group, admission) }
  requireMembers(group, me, members, group.roster)
  return group
}
