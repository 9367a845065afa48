import { toBase64 } from '../base64.ts'
import type { Member } from '../e2ee/group-state.ts'
import type { Pending } from '../e2ee/pending.ts'
import type { GroupChange } from '../outbox-entry.ts'
import type { GroupRequest } from '../protection.ts'
import type { Group } from './group.ts'

const devicesOf = (members: readonly Member[]) => members.map(({ userId, deviceId }) => ({ userId, deviceId }))

const partsOf = ({ commit, welcome, groupInfo }: Pending) => ({
  ...(commit.length > 0 && { commit: toBase64(commit) }),
  ...(welcome && { welcome: toBase64(welcome) }),
  groupInfo: toBase64(groupInfo),
})

const startOf = (id: string, change: Extract<GroupChange, { type: 'start' }>, made: Pending): GroupRequest => {
  const { type: _type, recipientId, members, ...texts } = change
  const who = recipientId === undefined ? { conversationId: id, members, ...texts } : { recipientId }
  const group = { addDevices: devicesOf(made.added), ...partsOf(made) }
  return { path: '/conversations', body: { ...who, group } }
}

/** What carries a commit that was made to the server [E3]. */
export const groupRequest = ({ conversationId: id }: Group, change: GroupChange, made: Pending): GroupRequest => {
  if (change.type === 'start') return startOf(id, change, made)
  const body = {
    epoch: Math.max(0, made.baseEpoch),
    change: {
      addUsers: change.type === 'add' ? change.userIds : [],
      addDevices: devicesOf(made.added),
      removeDevices: devicesOf(made.removed),
    },
    ...partsOf(made),
  }
  return { path: `/conversations/${encodeURIComponent(id)}/commits`, body }
}
