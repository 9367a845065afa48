import { toBackscrollError } from '../../errors/backscroll-error.ts'
import type { Directory } from '../../rest/mls-directory.ts'
import type { InsertChange, Step } from '../state/enqueue-commit.ts'
import type { Group } from '../state/group.ts'
import type { Outsiders } from './absent-members.ts'

export interface BringInDeps {
  readonly outsiders: Pick<Outsiders, 'due' | 'asked'>
  readonly directory: Pick<Directory, 'devicesOf'>
  readonly insert: InsertChange
}

/** Adds members none of whose devices is in the group, as far as they have devices by now. */
export const createBringIn = ({ outsiders, directory, insert }: BringInDeps) => {
  /** Does not report an erased account, nor one that the server does not know to be a member yet: that stops nobody. */
  const hasDevices = async (userId: string): Promise<boolean> => {
    try {
      return (await directory.devicesOf(userId)).count > 0
    } catch (thrown) {
      if (toBackscrollError(thrown).code === 'not_found') return false
      throw thrown
    }
  }
  return async (group: Group): Promise<Step> => {
    const userIds = outsiders.due(group)
    outsiders.asked(group)
    const found = await Promise.all(userIds.map(hasDevices))
    const there = userIds.filter((_user, index) => found[index])
    return there.length === 0 ? 'again' : insert(group.conversationId, { type: 'devices', userIds: there })
  }
}

export type BringIn = ReturnType<typeof createBringIn>
