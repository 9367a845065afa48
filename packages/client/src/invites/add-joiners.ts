import type { OutboxEntry } from '../commands/outbox-entry.ts'
import { isJudgement } from '../commands/refusal-rules.ts'
import { toBackscrollError } from '../errors/backscroll-error.ts'
import type { Outbox } from '../outbox/outbox.ts'
import type { GroupInvite, GroupInvites } from './group-invites.ts'

export interface AddJoinersDeps {
  readonly invites: GroupInvites
  /** Whether this user may add members, by the roles that devices have signed. */
  readonly mayAdmit: (conversationId: string) => boolean
  readonly isMember: (conversationId: string, userId: string) => boolean
  readonly outbox: Pick<Outbox, 'add' | 'waiting'>
  readonly newId: () => string
}

/** These errors mean that the group has changed. They say nothing about the joiner. */
const overtaken: ReadonlySet<string> = new Set(['stale_epoch', 'commit_required', 'commit_mismatch', 'already_exists'])

const adds = ({ command }: OutboxEntry, userId: string): boolean =>
  command.kind === 'group' && command.quiet && command.change.type === 'add' && command.change.userIds.includes(userId)

const without = (users: readonly string[], gone: readonly string[]) => users.filter((user) => !gone.includes(user))

/**
 * Adds joiners to a group with commits of this device. Joiners wait until they are members or finally refused; a
 * commit that came too late, or a restart, does not drop them. `settled` is called when more may be added.
 */
export const createAddJoiners = (deps: AddJoinersDeps, settled: () => void) => {
  const { invites, outbox } = deps
  /** Joiners in a command of this process whose outcome is awaited. */
  const adding = new Set<string>()
  /**
   * Joiners who must be added one by one: the command for several was refused, and the refusal does not say which
   * of them caused it.
   */
  const alone = new Set<string>()
  const keyOf = ({ inviteId }: GroupInvite, userId: string): string => `${inviteId} ${userId}`

  /** A command from before a restart has no caller, so it is found in the outbox. */
  const isUnderWay = (invite: GroupInvite, userId: string): boolean =>
    adding.has(keyOf(invite, userId)) || outbox.waiting(invite.conversationId).some((entry) => adds(entry, userId))

  const amend = (inviteId: string, amended: (invite: GroupInvite) => Partial<GroupInvite>): void => {
    const invite = invites.of(inviteId)
    if (invite !== undefined) invites.put({ ...invite, ...amended(invite) })
  }
  const areDone = ({ inviteId }: GroupInvite, userIds: readonly string[]): void =>
    amend(inviteId, ({ waiting }) => ({ waiting: without(waiting, userIds) }))
  const mayAskAgain = ({ inviteId }: GroupInvite, userIds: readonly string[]): void =>
    amend(inviteId, ({ used, waiting }) => ({ used: without(used, userIds), waiting: without(waiting, userIds) }))

  const failed = (invite: GroupInvite, userIds: readonly string[], thrown: unknown): void => {
    const error = toBackscrollError(thrown)
    // The command is stored and goes out with the next start.
    if (!isJudgement(error)) return
    if (!overtaken.has(error.code) && userIds.length === 1) mayAskAgain(invite, userIds)
    else if (!overtaken.has(error.code)) for (const user of userIds) alone.add(keyOf(invite, user))
    settled()
  }

  const add = (invite: GroupInvite, userIds: readonly string[]): void => {
    if (userIds.length === 0) return
    const change = { type: 'add' as const, userIds: [...userIds] }
    const command = { kind: 'group' as const, change, quiet: true }
    for (const user of userIds) adding.add(keyOf(invite, user))
    const ended = () => {
      for (const user of userIds) adding.delete(keyOf(invite, user))
    }
    outbox.add(invite.conversationId, deps.newId(), command).then(
      () => {
        areDone(invite, userIds)
        ended()
      },
      (thrown) => {
        ended()
        failed(invite, userIds, thrown)
      },
    )
  }

  return {
    /**
     * The waiting joiners who may be added now. A joiner who became a member in another way is removed from the
     * list.
     */
    due: (invite: GroupInvite): readonly string[] => {
      const { conversationId: id, waiting } = invite
      const inside = waiting.filter((user) => deps.isMember(id, user))
      if (inside.length > 0) areDone(invite, inside)
      return deps.mayAdmit(id) ? without(waiting, inside).filter((user) => !isUnderWay(invite, user)) : []
    },
    letIn: (invite: GroupInvite, userIds: readonly string[]): void => {
      const single = userIds.filter((user) => alone.delete(keyOf(invite, user)))
      for (const user of single) add(invite, [user])
      add(invite, without(userIds, single))
    },
  }
}
