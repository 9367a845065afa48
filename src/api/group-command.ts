import type { PrepareCommit } from '../commands/prepare-commit.ts'
import type { GroupBeginning, GroupChange } from '../domain/conversation/group.ts'
import { type Actor, deviceId, userId } from '../domain/ids.ts'
import type { CommitBody, GroupBeginningBody } from './schemas/groups.ts'

const devicesOf = (named: readonly { readonly userId: string; readonly deviceId: string }[]): readonly Actor[] =>
  named.map((device) => ({ userId: userId(device.userId), deviceId: deviceId(device.deviceId) }))

export const changeOf = ({ addUsers, addDevices, removeDevices }: CommitBody['change']): GroupChange => ({
  addUsers: addUsers.map(userId),
  addDevices: devicesOf(addDevices),
  removeDevices: devicesOf(removeDevices),
})

/** The group that a new conversation brings, and the body of its event. */
export const beginningOf = async (
  prepareCommit: PrepareCommit,
  conversationId: string,
  body: GroupBeginningBody | undefined,
): Promise<{ readonly group?: GroupBeginning; readonly body: string | null }> => {
  if (body === undefined) return { body: null }
  const { addDevices, ...parts } = body
  const prepared = await prepareCommit(conversationId, parts)
  return { group: { addDevices: devicesOf(addDevices), commit: prepared.commit }, body: prepared.body }
}
