import type { OutboxEntry } from '../../commands/outbox-entry.ts'
import type { Outbox } from '../../outbox/outbox.ts'
import type { ProfileBook } from '../../profiles/profile-book.ts'
import type { SharedProfiles } from '../../profiles/shared-profiles.ts'
import type { DetailsBook } from '../details/group-details.ts'
import { isDirect } from '../members/admission.ts'
import { devicesIn } from '../members/roster-changes.ts'
import type { Group } from '../state/group.ts'
import { deviceName, type GroupContext } from '../state/group-context.ts'
import { createMemberArrivals, type MemberArrivalsDeps } from './member-arrivals.ts'
import type { SharedStatements } from './shared-statements.ts'
import { type SharedTask, type Turn, turnAmong } from './shared-tasks.ts'

export interface GroupTasksDeps extends MemberArrivalsDeps, Pick<GroupContext, 'me' | 'engine' | 'book'> {
  readonly details: DetailsBook
  readonly sharedStatements: Pick<SharedStatements, 'missing'>
  readonly profiles: Pick<ProfileBook, 'own'>
  readonly sharedProfiles: Pick<SharedProfiles, 'number' | 'hasSpoken'>
  readonly outbox: Pick<Outbox, 'waiting'>
  /** Is this user in the conversation, as far as events say? */
  readonly knows: (conversationId: string) => boolean
  readonly insert: (
    conversationId: string,
    change: { readonly type: 'removals' | 'begin' } | { readonly type: 'devices'; readonly userIds: string[] },
  ) => void
  /** Gives the devices of a group what this user has signed. */
  readonly tellStatements: (conversationId: string) => void
  /** Tells the devices of a group who the own user is. */
  readonly tellProfile: (conversationId: string) => void
  /** Gives the devices of a group these keys of its name and description. */
  readonly share: (conversationId: string, keys: readonly string[]) => void
}

const isGroupChange = ({ command }: OutboxEntry): boolean => command.kind === 'group'
const isRemoval = ({ command }: OutboxEntry): boolean => command.kind === 'group' && command.change.type === 'removals'
const isControl = ({ command }: OutboxEntry): boolean => command.kind === 'message' && command.control === true

/** Devices of a group in which also those are told who say nothing: when one comes, each of the others tells it. */
export const largestTold = 50

const soon: Turn = [0, 1_500]
const later: Turn = [3_000, 8_000]

/** What a group needs of its devices, even when nobody wants to say anything. */
export const createGroupTasks = (deps: GroupTasksDeps): readonly SharedTask[] => {
  const { me, book, details } = deps
  const inside = devicesIn(deps.engine)
  const isWaiting = (id: string, is: (entry: OutboxEntry) => boolean) => deps.outbox.waiting(id).some(is)
  /** This device is in the group, and does not change it at this moment. */
  const isSettled = (group: Group) => group.pending === undefined && inside(group).includes(deviceName(me))

  /** Until it is committed, a removed device reads on, and nobody can send [E5]. */
  const removal: SharedTask = {
    due: (id) => {
      const group = book.of(id)
      if (group.leaving.size === 0 || !isSettled(group) || isWaiting(id, isRemoval)) return undefined
      const devices = inside(group)
      const mustGo = devices.some((name) => group.leaving.has(name)) && !group.leaving.has(deviceName(me))
      return mustGo ? turnAmong(devices.length, soon) : undefined
    },
    act: (id) => deps.insert(id, { type: 'removals' }),
  }

  /** The device that has reset it begins it anew, or another one of the same user, or anybody. */
  const beginning: SharedTask = {
    due: (id) => {
      const group = book.of(id)
      const { resetBy, state, pending } = group
      if (
        group.roster.size === 0 ||
        resetBy === undefined ||
        state !== undefined ||
        pending !== undefined ||
        !deps.knows(id)
      )
        return undefined
      if (isWaiting(id, isGroupChange)) return undefined
      if (resetBy === deviceName(me)) return [0, 0]
      return turnAmong(group.roster.size, resetBy.startsWith(`${me.userId}/`) ? soon : later)
    },
    act: (id) => deps.insert(id, { type: 'begin' }),
  }

  /**
   * The device that added another gives it the keys at once; a device that joined from outside gets them from
   * another device of the same user, or from anybody.
   */
  const keys: SharedTask = {
    due: (id) => {
      const owed = details.owed(id)
      const group = book.of(id)
      if (owed === undefined || !isSettled(group) || isWaiting(id, isControl)) return undefined
      if (owed.by === deviceName(me)) return [0, 0]
      return turnAmong(inside(group).length, owed.by.startsWith(`${me.userId}/`) ? soon : later)
    },
    act: (id) => deps.share(id, details.keys(id)),
  }

  /** So that the server cannot keep it from users who talk with this one. */
  const statements: SharedTask = {
    due: (id) => {
      const group = book.of(id)
      if (deps.sharedStatements.missing(id).length === 0 || !isSettled(group) || isWaiting(id, isControl))
        return undefined
      return turnAmong(inside(group).filter((name) => name.startsWith(`${me.userId}/`)).length, soon)
    },
    act: deps.tellStatements,
  }

  /**
   * A stranger is told nothing before this user has answered, and a large group hears of those who speak.
   */
  const mayName = (id: string, devices: readonly string[]): boolean =>
    deps.sharedProfiles.hasSpoken(id) || (!isDirect(id) && devices.length <= largestTold)
  const profile: SharedTask = {
    due: (id) => {
      const own = deps.profiles.own()
      if (own === undefined || own.number === deps.sharedProfiles.number(id)) return undefined
      const group = book.of(id)
      const devices = inside(group)
      if (!deps.knows(id) || !isSettled(group) || !mayName(id, devices) || isWaiting(id, isControl)) return undefined
      return turnAmong(devices.filter((name) => name.startsWith(`${me.userId}/`)).length, soon)
    },
    act: deps.tellProfile,
  }
  return [removal, beginning, keys, statements, profile, createMemberArrivals(deps)]
}
