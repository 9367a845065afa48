import type { GroupState } from '@backscroll/protocol/rest/groups'
import type { Welcome } from '@backscroll/protocol/rest/welcomes'
import type { GroupChange } from '../../commands/outbox-entry.ts'
import { toBackscrollError } from '../../errors/backscroll-error.ts'
import { E2eeError } from '../../errors/e2ee-error.ts'
import type { ClientEvent } from '../../events/client-events.ts'
import { dataOf } from '../../events/group-event-data.ts'
import { admit, isDirect } from '../members/admission.ts'
import { membersEvent } from '../members/members-event.ts'
import { devicesIn, othersLeave } from '../members/roster-changes.ts'
import { canJoin, enterEpoch } from '../state/enter-epoch.ts'
import { type Group, mlsGroupId } from '../state/group.ts'
import { deviceName, type GroupContext } from '../state/group-context.ts'

export interface JoinDeps extends GroupContext {
  readonly tell: (event: ClientEvent) => void
  /** Resolves when what others did until now was taken in. */
  readonly caughtUp: () => Promise<void>
}

/** How a device that is a member, but not in the group, joins: by a waiting Welcome, or by a commit of its own. */
export const createJoinGroup = (deps: JoinDeps) => {
  const { me, engine, directory, book, stock, trust, tell } = deps
  const inside = devicesIn(engine)

  /** The event that the Welcome came with: its actor must have signed what is in the Welcome. */
  const eventOf = async ({ conversationId: id, revision, welcome }: Welcome) => {
    const event = await directory.eventAt(id, revision)
    const data = event && dataOf(event, 'GroupCommitted')
    const isFor = data?.added.some((one) => deviceName(one) === deviceName(me))
    if (event === undefined || data?.welcome?.hash !== welcome.hash || !isFor)
      throw new E2eeError('forbidden_commit', { reason: 'no event of this welcome' })
    return { actor: deviceName(event.actor), epoch: data.epoch, generation: data.generation }
  }

  const admittedBy = async (group: Group, waiting: Welcome, bytes: Uint8Array) => {
    const { actor, epoch, generation } = await eventOf(waiting)
    const joined = await engine.join(mlsGroupId(group.conversationId, generation), bytes, deps.device(), stock.all())
    const { vouched } = joined
    if (joined.epoch !== epoch) throw new E2eeError('wrong_epoch', { epoch: joined.epoch })
    if (deviceName(vouched.signer) !== actor) throw new E2eeError('forbidden_commit', { reason: 'another signer' })
    const invited = group.standing === 'invited'
    return { joined, generation, admitted: admit(group, me.userId, { ...vouched, generation, invited }) }
  }

  const use = async (group: Group, waiting: Welcome) => {
    const { conversationId: id, revision, welcome } = waiting
    const bytes = await directory.blob(id, welcome.hash)
    await book.inTurn(group, async () => {
      if (!canJoin(group)) return
      const again = group.roster.size > 0
      const { joined, generation, admitted } = await admittedBy(group, waiting, bytes)
      enterEpoch(engine, group, { state: joined.state, generation, revision, joins: true })
      group.roster = admitted.roster
      group.roles = admitted.roles
      othersLeave(group, inside)
      group.unfollowed = group.appliedRevision > revision
      group.appliedRevision = Math.max(group.appliedRevision, revision)
      const { changes, notices } = trust.see(joined.seen)
      await book.save(group, [...changes, ...stock.used(joined.keyPackage)])
      for (const notice of notices) tell({ type: 'trust', conversationId: id, notice })
      if (again)
        tell({ type: 'trust', conversationId: id, notice: { type: 'rejoined', by: deviceName(joined.vouched.signer) } })
      tell(membersEvent(group))
    })
    await directory.acknowledgeWelcome(id, revision).catch(deps.onError)
  }

  const find = async ({ conversationId }: Group) =>
    (await directory.welcomes()).find((one) => one.conversationId === conversationId)

  const infoOf = async (id: string): Promise<GroupState | undefined> => {
    try {
      return await directory.groupInfo(id)
    } catch (thrown) {
      if (toBackscrollError(thrown).code === 'not_found') return undefined
      throw thrown
    }
  }

  /**
   * After a reset that a member has signed, by a device that knows the members; in a direct conversation also by
   * one that knows nothing yet.
   */
  const mayBegin = (group: Group, info: GroupState): boolean => {
    const { conversationId: id, state, generation, resetBy, roster } = group
    if (roster.size > 0) return resetBy !== undefined && generation === info.generation
    if (!isDirect(id) || state !== undefined) return false
    group.generation = info.generation
    return true
  }

  const isIn = (group: Group): boolean =>
    !canJoin(group) &&
    group.state !== undefined &&
    engine.members(group.state).some((member) => deviceName(member) === deviceName(me))

  return {
    /** True when a Welcome let this device in. One that cannot be used is reported and left to the commit. */
    byWelcome: async (group: Group, known?: Welcome): Promise<boolean> => {
      const waiting = known ?? (await find(group))
      if (waiting === undefined) return false
      // Joining skips what came before the Welcome: it is taken in first, to be asked for.
      if (known === undefined) await deps.caughtUp()
      if (!canJoin(group)) return isIn(group)
      try {
        await use(group, waiting)
        return isIn(group)
      } catch (thrown) {
        if (!(thrown instanceof E2eeError)) throw thrown
        const { code, details } = thrown
        tell({ type: 'warning', code, conversationId: group.conversationId, revision: waiting.revision, details })
        return false
      }
    },
    /**
     * The commit that lets it join; undefined when only another member can: none of the user's devices is in
     * the group.
     */
    byCommit: async (group: Group): Promise<GroupChange | undefined> => {
      const info = await infoOf(group.conversationId)
      if (info === undefined) return undefined
      if (info.groupInfo === null) return mayBegin(group, info) ? { type: 'begin' } : undefined
      return info.leaves.some(({ userId }) => userId === me.userId) ? { type: 'rejoin' } : undefined
    },
    isIn,
  }
}

export type JoinGroup = ReturnType<typeof createJoinGroup>
