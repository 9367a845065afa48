import type { Unstamped } from '../commands/commands.ts'
import type { AdmitCommit } from '../commands/prepare-commit.ts'
import type { ConversationCommand } from '../domain/conversation/commands.ts'
import type { Commit, GroupBeginning, GroupChange } from '../domain/conversation/group.ts'
import { type Actor, deviceId, userId } from '../domain/ids.ts'
import type { ApiDeps } from './deps.ts'
import type { CommitBody, GroupBeginningBody } from './schemas/groups.ts'

const devicesOf = (named: readonly { readonly userId: string; readonly deviceId: string }[]): readonly Actor[] =>
  named.map((device) => ({ userId: userId(device.userId), deviceId: deviceId(device.deviceId) }))

export const changeOf = ({ addUsers, addDevices, removeDevices }: CommitBody['change']): GroupChange => ({
  addUsers: addUsers.map(userId),
  addDevices: devicesOf(addDevices),
  removeDevices: devicesOf(removeDevices),
})

/** Admits a commit whose maker may make it, and has not stored too much. */
export const admitting =
  ({ commands, spending }: Pick<ApiDeps, 'commands' | 'spending'>, id: string, commandOf: CommandOf): AdmitCommit =>
  async (commit, bytes) => {
    const command = commandOf(commit)
    const isNew = await commands.check(id, command)
    if (isNew) spending.take(command.actor.userId, bytes)
    return isNew
  }

type CommandOf = (commit: Commit) => Unstamped<ConversationCommand>

/** The group that a new conversation brings. */
export const groupOf = ({ addDevices }: GroupBeginningBody, commit: Commit): GroupBeginning => ({
  addDevices: devicesOf(addDevices),
  commit,
})
