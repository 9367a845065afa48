import type { RoleChange } from '@backscroll/protocol/commit-statement'
import type { GroupChange } from '../../commands/outbox-entry.ts'
import { fromBase64 } from '../../encoding/base64.ts'
import { E2eeError } from '../../errors/e2ee-error.ts'
import type { ClaimedKeyPackage, CommitOptions, WithSeen } from '../../mls/commits/create-commit.ts'
import { type Roles, rolesOfOwner, rolesOfTwo, withoutRoles } from '../../mls/members/member-roles.ts'
import type { Roster, Vouched, Vouching } from '../../mls/members/signed-roster.ts'
import type { GroupState } from '../../mls/state/group-state.ts'
import type { Pending } from '../../mls/state/pending-commit.ts'
import { seenAs } from '../../trust/device-certificate.ts'
import { createDeparturesSinceCommit } from '../following/departures-since-commit.ts'
import { admit, isDirect } from '../members/admission.ts'
import { rolesGiven } from '../members/role-rules.ts'
import { type Group, mlsGroupId } from '../state/group.ts'
import { deviceName, type GroupContext } from '../state/group-context.ts'

/** A commit and what it belongs to. `baseEpoch` of a beginning is -1. */
export interface BuiltCommit {
  readonly generation: number
  /** The revision as of which its GroupInfo lists the members. */
  readonly upTo: number
  readonly made: WithSeen<Pending>
  /** Devices that the server offered and that their users do not vouch for: left out. */
  readonly ghosts: readonly E2eeError[]
}

type Deps = Pick<GroupContext, 'me' | 'engine' | 'directory' | 'device'>

/** The users whose devices a change adds. */
export const peopleOf = (group: Group, change: GroupChange, me: string): readonly string[] => {
  switch (change.type) {
    case 'start': {
      const others = change.recipientId === undefined ? change.members : [change.recipientId]
      return [...new Set([...others, me])]
    }
    case 'begin':
      return [...new Set([...[...group.roster.keys()].filter((user) => !group.gone.has(user)), me])]
    case 'add':
    case 'devices':
      return change.userIds
    default:
      return []
  }
}

export const createBuildCommit = ({ me, engine, directory, device }: Deps) => {
  const departuresSinceCommit = createDeparturesSinceCommit({ me, engine, directory })

  const isGhost = (thrown: unknown): thrown is E2eeError =>
    thrown instanceof E2eeError && ['unauthorised_device', 'malformed', 'unreadable'].includes(thrown.code)

  /** Each package is checked by itself: a false one must not keep the honest ones out. */
  const honest = async (state: GroupState, claimed: readonly ClaimedKeyPackage[]) => {
    const good: ClaimedKeyPackage[] = []
    const ghosts: E2eeError[] = []
    for (const one of claimed)
      try {
        await engine.commitAdd(state, [one])
        good.push(one)
      } catch (thrown) {
        if (!isGhost(thrown)) throw thrown
        const { userId, deviceId } = one
        ghosts.push(new E2eeError(thrown.code, { userId, deviceId }))
      }
    return { good, ghosts }
  }

  const addAll = async (state: GroupState, claimed: readonly ClaimedKeyPackage[], options: CommitOptions = {}) => {
    try {
      return { made: await engine.commitAdd(state, claimed, options), ghosts: [] }
    } catch (thrown) {
      if (!isGhost(thrown)) throw thrown
      const { good, ghosts } = await honest(state, claimed)
      return { made: await engine.commitAdd(state, good, options), ghosts }
    }
  }

  /** The group holds this device alone: there is no commit, only its GroupInfo. */
  const alone = async (state: GroupState, vouching: Vouching): Promise<WithSeen<Pending>> => ({
    baseEpoch: -1,
    commit: new Uint8Array(),
    welcome: undefined,
    groupInfo: await engine.groupInfo(state, vouching),
    added: [],
    removed: [],
    next: state,
    seen: [seenAs(device())],
  })

  /** A user who starts a conversation lets all members in; a group that was reset has the members that it had. */
  const rosterAtFirst = (group: Group, change: GroupChange): Roster =>
    change.type === 'begin'
      ? group.roster
      : new Map(peopleOf(group, change, me.userId).map((user) => [user, deviceName(me)]))

  const rolesAtFirst = (group: Group, change: GroupChange): Roles => {
    if (change.type === 'begin') return group.roles
    return isDirect(group.conversationId) ? rolesOfTwo : rolesOfOwner(me.userId)
  }

  const begin = async (
    group: Group,
    change: GroupChange,
    claimed: readonly ClaimedKeyPackage[],
  ): Promise<BuiltCommit> => {
    const { generation, appliedRevision: upTo } = group
    const vouching = { roster: rosterAtFirst(group, change), roles: rolesAtFirst(group, change) }
    const state = await engine.createGroup(mlsGroupId(group.conversationId, generation), device())
    if (claimed.length === 0) return { generation, upTo, made: await alone(state, vouching), ghosts: [] }
    const { made, ghosts } = await addAll(state, claimed, vouching)
    return { generation, upTo, made: { ...made, baseEpoch: -1 }, ghosts }
  }

  const add = async (
    group: Group,
    state: GroupState,
    change: GroupChange,
    claimed: readonly ClaimedKeyPackage[],
  ): Promise<BuiltCommit> => {
    const { generation, appliedRevision: upTo } = group
    const addUsers = change.type === 'add' ? change.userIds : []
    const roster = new Map([...group.roster, ...addUsers.map((user) => [user, deviceName(me)] as const)])
    const options = { addUsers, roster, roles: withoutRoles(group.roles, addUsers) }
    const inside = new Set(engine.members(state).map(deviceName))
    const missing = claimed.filter((one) => !inside.has(deviceName(one)))
    if (missing.length === 0) return { generation, upTo, made: await engine.emptyCommit(state, options), ghosts: [] }
    return { generation, upTo, ...(await addAll(state, missing, options)) }
  }

  const remove = async (group: Group, state: GroupState): Promise<BuiltCommit> => {
    const leaves = engine.members(state).filter((member) => group.leaving.has(deviceName(member)))
    const made = await engine.commitRemove(
      state,
      leaves.map(({ leaf }) => leaf),
      { roster: group.roster, roles: group.roles },
    )
    return { generation: group.generation, upTo: group.appliedRevision, made, ghosts: [] }
  }

  /**
   * A user whom only the server calls an owner gives no role: the commit is made without it, and its GroupInfo
   * says what other devices will say.
   */
  const giveRole = async (group: Group, state: GroupState, role: RoleChange): Promise<BuiltCommit> => {
    const { generation, appliedRevision: upTo, roster } = group
    const roles = rolesGiven(group, me.userId, role) ?? group.roles
    const made = await engine.emptyCommit(state, { role, roster, roles })
    return { generation, upTo, made, ghosts: [] }
  }

  /** Believes the server's GroupInfo as far as a member's device vouches for it. */
  const rejoin = async (group: Group): Promise<BuiltCommit> => {
    const { conversationId: id } = group
    const { generation, epoch, revision, groupInfo, departures } = await directory.groupInfo(id)
    if (groupInfo === null) throw new E2eeError('wrong_group')
    const invited = group.standing === 'invited'
    const vouch = (vouched: Vouched) =>
      departuresSinceCommit(id, admit(group, me.userId, { ...vouched, generation, invited }), {
        ...{ generation, epoch, revisions: departures },
        members: vouched.members,
      })
    const made = await engine.externalJoin(mlsGroupId(id, generation), fromBase64(groupInfo), device(), vouch)
    return { generation, upTo: revision, made, ghosts: [] }
  }

  /** In the group's turn. Throws E2eeError: `removed` without a state to change. */
  return async (group: Group, change: GroupChange, claimed: readonly ClaimedKeyPackage[]): Promise<BuiltCommit> => {
    const others = claimed.filter((one) => deviceName(one) !== deviceName(me))
    if (change.type === 'start' || change.type === 'begin') return begin(group, change, others)
    if (change.type === 'rejoin') return rejoin(group)
    const { state } = group
    if (state === undefined) throw new E2eeError('removed')
    if (change.type === 'role') return giveRole(group, state, { userId: change.userId, role: change.role })
    return change.type === 'removals' ? remove(group, state) : add(group, state, change, others)
  }
}
