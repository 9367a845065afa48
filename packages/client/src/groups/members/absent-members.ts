import { E2eeError } from '../../errors/e2ee-error.ts'
import type { Group } from '../state/group.ts'
import type { GroupContext } from '../state/group-context.ts'
import { isDirect } from './admission.ts'
import { devicesIn } from './roster-changes.ts'

/** Members none of whose devices is in the group: they joined without key packages, or their devices are all new. */
export interface AbsentMembers {
  /**
   * Those who may be brought in now: nobody asked about them a moment ago, and no person has to decide about
   * their key first.
   */
  due(group: Group): readonly string[]
  /** They are being asked about now. */
  asked(group: Group): void
  /** It failed: they may be asked about at once. */
  askAgain(group: Group): void
  /** In a conversation of two it would be for nobody. Throws `identity_changed`. */
  requireReader(group: Group): void
  isReadable(group: Group): boolean
}

/** How often they are asked about; again when somebody's key was accepted. */
const askAgainMs = 60_000

export const createAbsentMembers = ({
  engine,
  trust,
  clock,
}: Pick<GroupContext, 'engine' | 'trust' | 'clock'>): AbsentMembers => {
  const inside = devicesIn(engine)
  const askedAt = new Map<string, { readonly at: number; readonly pins: unknown }>()

  const outside = (group: Group): readonly string[] => {
    const users = new Set(inside(group).map((name) => name.split('/', 1)[0]))
    return [...group.roster.keys()].filter((user) => !users.has(user) && !group.gone.has(user))
  }
  const isDue = ({ conversationId }: Group): boolean => {
    const last = askedAt.get(conversationId)
    return last === undefined || last.pins !== trust.pins() || last.at + askAgainMs <= clock.now()
  }
  const isOffered = (user: string) => trust.pins().get(user)?.offered !== undefined
  const isDeclined = (user: string) => (trust.pins().get(user)?.declined ?? []).length > 0
  const refused = (group: Group): string | undefined =>
    isDirect(group.conversationId)
      ? outside(group).find((user) => isOffered(user) || (isDeclined(user) && !isDue(group)))
      : undefined

  return {
    due: (group) => (isDue(group) ? outside(group).filter((user) => !isOffered(user)) : []),
    asked: ({ conversationId }) => void askedAt.set(conversationId, { at: clock.now(), pins: trust.pins() }),
    askAgain: ({ conversationId }) => void askedAt.delete(conversationId),
    requireReader: (group) => {
      const userId = refused(group)
      if (userId !== undefined) throw new E2eeError('identity_changed', { userId })
    },
    isReadable: (group) => refused(group) === undefined,
  }
}
