import type { CommitStatement } from '@backscroll/protocol/commit-statement'
import type { WireEvent } from '@backscroll/protocol/server-frames'
import { fromBase64 } from '../../encoding/base64.ts'
import { equalBytes } from '../../encoding/bytes.ts'
import { E2eeError } from '../../errors/e2ee-error.ts'
import { type Committed, dataOf } from '../../events/group-event-data.ts'
import type { GroupNotice } from '../../events/group-notice.ts'
import type { WarningCode } from '../../events/warning-codes.ts'
import type { ProcessedCommit } from '../../mls/commits/process-commit.ts'
import { withoutRoles } from '../../mls/members/member-roles.ts'
import type { GroupState } from '../../mls/state/group-state.ts'
import type { SeenDevice } from '../../trust/identity-pins.ts'
import { admit, requireMembers } from '../members/admission.ts'
import { rolesGiven } from '../members/role-rules.ts'
import { areBack, devicesIn, othersLeave } from '../members/roster-changes.ts'
import { canJoin, enterEpoch } from '../state/enter-epoch.ts'
import { type Group, mlsGroupId } from '../state/group.ts'
import { deviceName, type GroupContext } from '../state/group-context.ts'

/** The result of a commit. `lost`: the group has an epoch for which this device has no keys. */
export interface CommitOutcome {
  readonly seen: readonly SeenDevice[]
  readonly warning?: { readonly code: WarningCode; readonly details: Readonly<Record<string, string | number>> }
  readonly notice?: GroupNotice
  /** A Welcome was used: tell the server once the state is stored. */
  readonly welcomed?: boolean
}

const nothing: CommitOutcome = { seen: [] }
const warned = (code: WarningCode, details: E2eeError['details'] = {}): CommitOutcome => ({
  seen: [],
  warning: { code, details },
})

/** In one line, to compare and to show. */
const saidOf = ({ addUsers, role }: CommitStatement): string =>
  role === undefined ? [...addUsers].sort().join() : `${role.userId}: ${role.role}`

type Committer = ProcessedCommit['committer']

type Deps = Pick<GroupContext, 'me' | 'engine' | 'directory' | 'device' | 'stock' | 'alongside'>

export const createApplyCommit = (deps: Deps) => {
  const { me, engine, directory } = deps
  const inside = devicesIn(engine)

  const commitOf = async ({ stream, position }: WireEvent, { commit, ciphertext }: Committed): Promise<Uint8Array> =>
    commit === null ? fromBase64(ciphertext ?? '') : directory.blob(stream.id, commit.hash, position)

  /** The event before it says who joined, or has another role; what counts is what the commit says. */
  const contradiction = ({ actor }: WireEvent, stated: CommitStatement, { claimed }: Group): CommitOutcome => {
    const by = deviceName(actor)
    const told = saidOf({ addUsers: claimed?.users ?? [], role: claimed?.role })
    if (told === saidOf(stated) && (claimed?.by ?? by) === by) return nothing
    return warned('false_members', { told, stated: saidOf(stated) })
  }

  const letIn = (group: Group, users: readonly string[], by: string) => {
    if (users.length === 0) return
    group.roster = new Map([...group.roster, ...users.map((user) => [user, by] as const)])
    group.roles = withoutRoles(group.roles, users)
    areBack(group, users)
  }

  /**
   * The giver of a role must have the right to, by the roles that were signed: otherwise the commit counts, but
   * the role does not.
   */
  const giveRole = (group: Group, { role: change }: CommitStatement, by: Committer): boolean => {
    if (change === undefined) return true
    const given = rolesGiven(group, by.userId, change)
    group.roles = given ?? group.roles
    return given !== undefined
  }

  /** What a commit states about the members. False: it gives a role that its committer may not give. */
  const settle = (group: Group, statement: CommitStatement, by: Committer): boolean => {
    letIn(group, statement.addUsers, deviceName(by))
    return giveRole(group, statement, by)
  }

  const forbiddenRole = ({ userId }: Committer, { role }: CommitStatement): CommitOutcome =>
    warned('false_change', { type: 'RoleChanged', by: userId, userId: role?.userId ?? '', reason: 'role' })

  /** The accepted commit is the one that this device made. */
  const own = (group: Group, data: Committed, { revision, actor }: WireEvent, pending: Group['pending'] & object) => {
    const { made } = pending
    const again = data.external && group.roster.size > 0
    const joins = made.baseEpoch < 0 || data.external || group.state === undefined
    const vouched = engine.vouched(made.groupInfo)
    const state = engine.acceptPending(joins ? undefined : group.state, made)
    enterEpoch(engine, group, { state, generation: data.generation, revision, joins })
    if (joins) {
      group.roster = vouched.roster ?? group.roster
      group.roles = vouched.roles
      othersLeave(group, inside)
    }
    const seen = engine.members(state)
    if (joins) return again ? { seen, notice: { type: 'rejoined', by: deviceName(actor) } as const } : { seen }
    const statement = engine.statement(made.commit)
    return settle(group, statement, actor) ? { seen } : { ...forbiddenRole(actor, statement), seen }
  }

  /**
   * Another device's commit: it may add devices of members, and of users whom it lets in by its own statement, as
   * long as its committer is a member.
   */
  const follow = async (group: Group, state: GroupState, data: Committed, event: WireEvent): Promise<CommitOutcome> => {
    const bytes = await commitOf(event, data)
    const processed = await engine.processCommit(state, bytes)
    const { committer, added, statement, selfRemoved, seen } = processed
    const { addUsers } = statement
    if (deviceName(committer) !== deviceName(event.actor))
      throw new E2eeError('forbidden_commit', { reason: 'another committer' })
    // The tree still holds devices of a user who was removed a moment ago: they let nobody in.
    if (added.length + addUsers.length > 0) requireMembers(group, me.userId, [committer], group.roster)
    const allowed = new Map([...group.roster, ...addUsers.map((user) => [user, ''] as const)])
    const named = addUsers.map((userId) => ({ userId }))
    requireMembers(group, me.userId, [...added, ...named], allowed)
    const next = selfRemoved ? undefined : processed.state
    enterEpoch(engine, group, { state: next, generation: data.generation, revision: event.revision, joins: false })
    const mayGive = settle(group, statement, committer)
    areBack(
      group,
      added.map(({ userId }) => userId),
    )
    return { ...(mayGive ? contradiction(event, statement, group) : forbiddenRole(committer, statement)), seen }
  }

  const join = async (group: Group, data: Committed, hash: string, event: WireEvent): Promise<CommitOutcome> => {
    const { generation } = data
    const { position, revision } = event
    const welcome = await directory.blob(group.conversationId, hash, position)
    const groupId = mlsGroupId(group.conversationId, generation)
    const joined = await engine.join(groupId, welcome, deps.device(), deps.stock.all())
    const { state, epoch, keyPackage, seen, vouched } = joined
    if (epoch !== data.epoch) throw new E2eeError('wrong_epoch', { epoch })
    if (deviceName(vouched.signer) !== deviceName(event.actor))
      throw new E2eeError('forbidden_commit', { reason: 'another signer' })
    const again = group.roster.size > 0 && (group.state !== undefined || generation !== group.generation)
    const { roster, roles } = admit(group, me.userId, { ...vouched, generation, invited: group.standing === 'invited' })
    deps.alongside(deps.stock.used(keyPackage))
    enterEpoch(engine, group, { state, generation, revision, joins: true })
    group.roster = roster
    group.roles = roles
    othersLeave(group, inside)
    const { claimed } = group
    const unknown = claimed?.users.filter((user) => !roster.has(user)) ?? []
    const told = unknown.length > 0 ? warned('false_members', { told: unknown.join(), stated: '' }) : nothing
    const notice = again ? { notice: { type: 'rejoined', by: deviceName(vouched.signer) } as const } : {}
    return { ...told, seen, ...notice, welcomed: true }
  }

  const isReplay = ({ state, generation }: Group, data: Committed): boolean =>
    data.generation < generation ||
    (state !== undefined && data.generation === generation && data.epoch <= engine.epoch(state))

  const isNext = ({ state, generation }: Group, data: Committed): boolean =>
    state !== undefined && data.generation === generation && data.epoch === engine.epoch(state) + 1

  /** The state stays: it is replaced only by one from a new join of this device. */
  const strand = (group: Group, code: WarningCode, { epoch }: Committed): CommitOutcome => {
    group.stranded ??= 'missing'
    return warned(code, { epoch })
  }

  const applyOwnCommit = async (group: Group, event: WireEvent, data: Committed): Promise<CommitOutcome> => {
    const { pending } = group
    const bytes = await commitOf(event, data)
    if (pending !== undefined && equalBytes(pending.made.commit, bytes)) {
      group.pending = undefined
      return own(group, data, event, pending)
    }
    if (isReplay(group, data))
      return data.epoch <= group.entered ? nothing : warned('replayed_commit', { epoch: data.epoch })
    group.pending = undefined
    return group.state === undefined ? warned('own_commit') : strand(group, 'own_commit', data)
  }

  const take = async (group: Group, event: WireEvent, data: Committed): Promise<CommitOutcome> => {
    const { state } = group
    if (deviceName(event.actor) === deviceName(me)) return applyOwnCommit(group, event, data)
    const added = data.added.some((device) => deviceName(device) === deviceName(me))
    const welcome = added && canJoin(group) ? data.welcome : null
    if (isReplay(group, data) && welcome === null)
      return data.epoch <= group.entered ? nothing : warned('replayed_commit', { epoch: data.epoch })
    if (group.pending !== undefined) group.pending = undefined
    if (state !== undefined && isNext(group, data)) return follow(group, state, data, event)
    if (welcome !== null) return join(group, data, welcome.hash, event)
    return state === undefined ? nothing : strand(group, 'missing_commits', data)
  }

  /**
   * Never throws because of what a commit is, only for what cannot be fetched now. A refused commit leaves the
   * old state, which can read on in its epoch.
   */
  return async (group: Group, event: WireEvent): Promise<CommitOutcome> => {
    const data = dataOf(event, 'GroupCommitted')
    if (data === undefined) return event.type === 'GroupCommitted' ? warned('malformed') : nothing
    try {
      return await take(group, event, data)
    } catch (thrown) {
      if (thrown instanceof E2eeError) return warned(thrown.code, thrown.details)
      throw thrown
    }
  }
}

export type ApplyCommit = ReturnType<typeof createApplyCommit>
