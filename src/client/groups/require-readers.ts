import { BackscrollError } from '../backscroll-error.ts'
import { E2eeError } from '../e2ee/e2ee-error.ts'
import { requireMembers } from './admission.ts'
import type { EnterGroup } from './enter-group.ts'
import type { Group } from './group.ts'
import type { GroupContext } from './group-context.ts'

/** Throws where a message would be read by others than members: between being ready and being sealed one may have gone. It is tried again. */
export type RequireReaders = (group: Group) => void

export const createRequireReaders =
  ({ me, engine }: Pick<GroupContext, 'me' | 'engine'>, enter: Pick<EnterGroup, 'isIn'>): RequireReaders =>
  (group) => {
    try {
      if (group.state === undefined || !enter.isIn(group)) throw new E2eeError('removed')
      requireMembers(group, me.userId, engine.members(group.state), group.roster)
    } catch (thrown) {
      if (!(thrown instanceof E2eeError)) throw thrown
      throw new BackscrollError('encryption', { message: thrown.message, details: { reason: thrown.code } })
    }
  }
