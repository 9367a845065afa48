import { isLater } from '../../mls/state/epoch-order.ts'
import type { GroupEpoch } from '../../mls/state/group-epoch.ts'
import type { TreeMember } from '../../mls/state/group-state.ts'
import type { Readers } from '../members/tree-readers.ts'
import type { Group } from '../state/group.ts'
import { deviceName } from '../state/group-context.ts'

/**
 * Whether a message was meant for a device. `came_later`: the device was not in the group yet, but its user was,
 * with another device.
 */
export type Addressed = 'was_there' | 'came_later' | undefined

/**
 * Whether a message that was sealed at a moment was for a device that is in the group now. All by what this device
 * has followed and checked: in which epoch it sealed it, and who was in the tree since. A device that came later gets
 * it through another one of the same user, under the same identity key, that could read it.
 */
export const createAddressed =
  ({ counted }: Pick<Readers, 'counted'>) =>
  (group: Group, name: string, sealed: GroupEpoch): Addressed => {
    const devices = counted(group)
    const asker = devices.find((one) => deviceName(one) === name)
    if (asker === undefined) return undefined
    const wasThere = (one: TreeMember): boolean => {
      const since = group.devices.get(deviceName(one))
      return since !== undefined && !isLater(since, sealed)
    }
    if (wasThere(asker)) return 'was_there'
    const isSameUser = ({ userId, identityKey }: TreeMember) =>
      userId === asker.userId && identityKey === asker.identityKey
    return devices.some((one) => isSameUser(one) && wasThere(one)) ? 'came_later' : undefined
  }
