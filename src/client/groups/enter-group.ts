import { toBackscrollError } from '../backscroll-error.ts'
import type { ClientEvent } from '../client-events.ts'
import { E2eeError } from '../e2ee/e2ee-error.ts'
import type { GroupChange } from '../outbox-entry.ts'
import type { GroupInfoAnswer, WaitingWelcome } from './directory.ts'
import { type Group, mlsGroupId } from './group.ts'
import { deviceName, type GroupContext } from './group-context.ts'

export interface EnterDeps extends GroupContext {
  readonly tell: (event: ClientEvent) => void
}

/** How a device that is a member, but not in the group, comes in: by a Welcome that waits, or by a commit of its own. */
export const createEnterGroup = (deps: EnterDeps) => {
  const { me, engine, directory, book, stock, trust, tell } = deps

  const use = async (group: Group, { conversationId: id, generation, revision, welcome }: WaitingWelcome) => {
    const bytes = await directory.blob(id, welcome.hash)
    await book.inTurn(group, async () => {
      if (group.state !== undefined) return
      const joined = await engine.join(mlsGroupId(id, generation), bytes, deps.device(), stock.all())
      group.state = joined.state
      group.generation = generation
      group.entered = joined.epoch
      group.opened = Math.max(group.opened, revision)
      const { changes, notices } = trust.see(joined.seen)
      await book.save(group, [...changes, ...stock.used(joined.keyPackage)])
      for (const notice of notices) tell({ type: 'trust', conversationId: id, notice })
    })
    await directory.acknowledgeWelcome(id, revision).catch(deps.onError)
  }

  const find = async ({ conversationId }: Group) =>
    (await directory.welcomes()).find((one) => one.conversationId === conversationId)

  const infoOf = async (id: string): Promise<GroupInfoAnswer | undefined> => {
    try {
      return await directory.groupInfo(id)
    } catch (thrown) {
      if (toBackscrollError(thrown).code === 'not_found') return undefined
      throw thrown
    }
  }

  return {
    /** True when a Welcome let this device in. One that cannot be used is told and left to the commit. */
    byWelcome: async (group: Group, known?: WaitingWelcome): Promise<boolean> => {
      const waiting = known ?? (await find(group))
      if (waiting === undefined) return false
      try {
        await use(group, waiting)
        return group.state !== undefined
      } catch (thrown) {
        if (!(thrown instanceof E2eeError)) throw thrown
        const { code, details } = thrown
        tell({ type: 'warning', code, conversationId: group.conversationId, revision: waiting.revision, details })
        return false
      }
    },
    /** The commit that brings it in; undefined when only another member can: none of the user's devices is in the group. */
    byCommit: async (group: Group): Promise<GroupChange | undefined> => {
      const info = await infoOf(group.conversationId)
      if (info === undefined || info.groupInfo === null) return { type: 'begin' }
      return info.leaves.some(({ userId }) => userId === me.userId) ? { type: 'rejoin' } : undefined
    },
    isIn: (group: Group): boolean =>
      group.state !== undefined && engine.members(group.state).some((member) => deviceName(member) === deviceName(me)),
  }
}

export type EnterGroup = ReturnType<typeof createEnterGroup>
