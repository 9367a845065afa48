import type { GroupChange, GroupCommand, MemberCommand, OutboxEntry } from '../../commands/outbox-entry.ts'
import type { E2eeError } from '../../errors/e2ee-error.ts'
import type { JoinGroup } from '../joining/join-group.ts'
import type { AbsentMembers } from '../members/absent-members.ts'
import type { Readers } from '../members/tree-readers.ts'
import type { Renewal } from '../state/epoch-renewal.ts'
import type { Group } from '../state/group.ts'
import type { SendChecks } from './send-checks.ts'

export interface SendPrerequisiteDeps {
  readonly checks: Pick<SendChecks, 'behind' | 'leaving' | 'stranger' | 'maySign'>
  readonly enter: Pick<JoinGroup, 'isIn'>
  readonly renewal: Pick<Renewal, 'isDue' | 'isNeeded'>
  readonly readers: Pick<Readers, 'settle'>
  readonly absentMembers: Pick<AbsentMembers, 'requireReader' | 'due'>
}

/** What must happen before a command goes out. */
export type SendPrerequisite =
  /** Another commit of this device has no outcome yet. */
  | { readonly do: 'settle_commit' }
  | { readonly do: 'enter' }
  | { readonly do: 'catch_up' }
  | { readonly do: 'remove_leaving' }
  | { readonly do: 'refuse'; readonly error: E2eeError }
  | { readonly do: 'renew' }
  /** Members none of whose devices is in the group. */
  | { readonly do: 'bring_in' }
  | { readonly do: 'make_commit'; readonly command: GroupCommand }
  | { readonly do: 'pass_over' }
  | { readonly do: 'nothing' }

/** It goes into the group as it is, or changes it. */
export const needsState = ({ command }: OutboxEntry): boolean =>
  command.kind === 'message'
    ? command.plaintext !== undefined
    : command.kind === 'group' && (command.change.type === 'add' || command.change.type === 'role')

/**
 * Decides what must come first, by what this device knows: asks nobody, and records only which devices must leave.
 * Throws `identity_changed` where a person has to decide.
 */
export const createSendPrerequisite = ({ checks, enter, renewal, readers, absentMembers }: SendPrerequisiteDeps) => {
  /** Somebody else has done what the SDK wanted to do, or there is no group left to do it in. */
  const isObsolete = (group: Group, { type }: GroupChange): boolean => {
    if (type === 'removals') return checks.leaving(group).length === 0
    if (type === 'devices') return !enter.isIn(group)
    if (type === 'renew') return !renewal.isNeeded(group)
    return (type === 'begin' || type === 'rejoin') && enter.isIn(group)
  }

  const beforeSending = (group: Group): SendPrerequisite | undefined => {
    if (!enter.isIn(group)) return { do: 'enter' }
    if (checks.behind(group) !== undefined) return { do: 'catch_up' }
    readers.settle(group)
    if (checks.leaving(group).length > 0) return { do: 'remove_leaving' }
    const error = checks.stranger(group)
    if (error !== undefined) return { do: 'refuse', error }
    if (renewal.isDue(group)) return { do: 'renew' }
    absentMembers.requireReader(group)
    return absentMembers.due(group).length > 0 ? { do: 'bring_in' } : undefined
  }

  const beforeSigning = (group: Group, change: MemberCommand['change']['type']): SendPrerequisite => {
    if (!enter.isIn(group)) return { do: checks.maySign(group, change) ? 'nothing' : 'enter' }
    return { do: checks.behind(group) === undefined ? 'nothing' : 'catch_up' }
  }

  return (group: Group, entry: OutboxEntry): SendPrerequisite => {
    const { command, clientSeq } = entry
    if (group.pending !== undefined && group.pending.clientSeq !== clientSeq) return { do: 'settle_commit' }
    if (command.kind === 'member') return beforeSigning(group, command.change.type)
    const first = needsState(entry) ? beforeSending(group) : undefined
    if (first !== undefined) return first
    if (command.kind !== 'group') return { do: 'nothing' }
    if (enter.isIn(group) && checks.behind(group) !== undefined) return { do: 'catch_up' }
    return isObsolete(group, command.change) ? { do: 'pass_over' } : { do: 'make_commit', command }
  }
}
