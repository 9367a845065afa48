import type { CommitBody, GroupBeginningBody } from '@backscroll/protocol/rest/groups'
import type { Unstamped } from '../../commands/commands.ts'
import type { AdmitCommit } from '../../commands/rules/prepare-commit.ts'
import type { ConversationCommand } from '../../domain/conversation/conversation-commands.ts'
import type { Commit, GroupBeginning, GroupChange } from '../../domain/conversation/groups/group.ts'
import { type Actor, type UserId, userId } from '../../domain/ids.ts'
import { actorOf } from '../../edge/actor.ts'
import type { ApiDeps } from '../api-deps.ts'

const devicesOf = (named: readonly { readonly userId: string; readonly deviceId: string }[]): readonly Actor[] =>
  named.map(actorOf)

export const changeOf = ({ addUsers, addDevices, removeDevices, role }: CommitBody['change']): GroupChange => ({
  addUsers: addUsers.map(userId),
  addDevices: devicesOf(addDevices),
  removeDevices: devicesOf(removeDevices),
  ...(role && { role: { userId: userId(role.userId), role: role.role } }),
})

/** The users whom a command adds, besides the actor. */
const broughtBy = (command: Unstamped<BringingCommand>): readonly string[] => {
  const others = (users: readonly string[]) => [...new Set(users)].filter((user) => user !== command.actor.userId)
  if (command.type === 'StartGroup') return others(command.members)
  if (command.type === 'StartDirect') return others([command.peer])
  return others(command.change.addUsers)
}

/** The same content is stored once: blobs are named by their content. */
const blobsOf = ({ refs: { commit, welcome, groupInfo } }: Commit): string =>
  `blobs ${commit?.hash} ${welcome?.hash} ${groupInfo.hash}`

type CommandOf = (commit: Commit) => Unstamped<BringingCommand>
type BringingCommand = Extract<ConversationCommand, { type: 'StartGroup' | 'StartDirect' | 'CommitGroup' }>

/** A command that may add users, before it is admitted. */
export interface Admitting {
  /** Admits a commit whose committer may make it, may add the users that it names, and has not stored too much. */
  readonly admit: AdmitCommit
  /** The admitted command, with the users who are asked first. */
  command(commit: Commit): Unstamped<BringingCommand>
}

export const admitting = (
  { commands, spending, bringIn }: Pick<ApiDeps, 'commands' | 'spending' | 'bringIn'>,
  id: string,
  commandOf: CommandOf,
): Admitting => {
  let invited: readonly UserId[] = []

  const bring = async (command: Unstamped<BringingCommand>): Promise<void> => {
    const [begins, people] = [command.type !== 'CommitGroup', broughtBy(command)]
    if (!begins && people.length === 0) return
    const kind = command.type === 'StartDirect' ? 'direct' : 'group'
    const { actor, clientSeq } = command
    const name = `${actor.deviceId}/${id}/${clientSeq}`
    invited = (await bringIn({ by: actor.userId, kind, begins, people, command: name })).map(userId)
  }

  return {
    admit: async (commit, bytes) => {
      const command = commandOf(commit)
      if (!(await commands.check(id, command))) return false
      await bring(command)
      spending.take(command.actor.userId, bytes, blobsOf(commit))
      return true
    },
    command: (commit) => ({ ...commandOf(commit), invited }),
  }
}

/** The group that a new conversation brings. */
export const groupOf = ({ addDevices }: GroupBeginningBody, commit: Commit): GroupBeginning => ({
  addDevices: devicesOf(addDevices),
  commit,
})
