import { toBackscrollError } from '../../errors/backscroll-error.ts'
import type { Directory } from '../../rest/mls-directory.ts'
import type { EnqueueCommit, Step } from '../state/enqueue-commit.ts'
import type { Group } from '../state/group.ts'
import type { AbsentMembers } from './absent-members.ts'

export interface AddAbsentMembersDeps {
  readonly absentMembers: Pick<AbsentMembers, 'due' | 'asked'>
  readonly directory: Pick<Directory, 'devicesOf'>
  readonly insert: EnqueueCommit
}

/** Adds members none of whose devices is in the group, as far as they have devices by now. */
export const createAddAbsentMembers = ({ absentMembers, directory, insert }: AddAbsentMembersDeps) => {
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
    const userIds = absentMembers.due(group)
    absentMembers.asked(group)
    const found = await Promise.all(userIds.map(hasDevices))
    const there = userIds.filter((_user, index) => found[index])
    return there.length === 0 ? 'again' : insert(group.conversationId, { type: 'devices', userIds: there })
  }
}

export type AddAbsentMembers = ReturnType<typeof createAddAbsentMembers>
