import type { RoleChange } from '@backscroll/protocol/commit-statement'
import { commitFrame, type DeviceName, groupInfoFrame, privateMessageFrame, welcomeFrame } from './mls-frames.ts'

/** What `POST /conversations/{id}/commits` takes beside the numbers. */
export interface CommitRequest {
  readonly epoch: number
  readonly upTo: number
  readonly change: {
    readonly addUsers: readonly string[]
    readonly addDevices: readonly DeviceName[]
    readonly removeDevices: readonly DeviceName[]
    readonly role?: RoleChange
  }
  readonly commit?: string
  readonly welcome?: string
  readonly groupInfo: string
}

export interface Wanted {
  readonly addUsers?: readonly string[]
  readonly add?: readonly DeviceName[]
  readonly remove?: readonly DeviceName[]
  readonly role?: RoleChange
  readonly padding?: number
}

/** Its devices have taken in everything. */
const upTo = Number.MAX_SAFE_INTEGER

const same = (one: DeviceName | undefined, other: DeviceName): boolean =>
  one !== undefined && one.userId === other.userId && one.deviceId === other.deviceId

/** The encryption group of a test's conversation, as its devices would know it, with frames instead of cryptography. */
export const createFakeGroup = (conversationId: string, generation = 0) => {
  let epoch = 0
  let leaves: (DeviceName | undefined)[] = []

  const place = (at = epoch) => ({ conversationId, generation, epoch: at })
  const leafOf = (named: DeviceName): number => leaves.findIndex((one) => same(one, named))

  const enter = (named: DeviceName): void => {
    const blank = leaves.indexOf(undefined)
    leaves[blank === -1 ? leaves.length : blank] = named
  }

  const parts = (frame: string, add: readonly DeviceName[]) => ({
    commit: frame,
    ...(add.length > 0 && { welcome: welcomeFrame(add.length) }),
    groupInfo: groupInfoFrame(place(epoch + 1)),
  })

  return {
    get epoch() {
      return epoch
    },
    leaves: (): readonly (DeviceName | undefined)[] => leaves,
    message: (content = '', at = epoch): string => privateMessageFrame(place(at), content),

    /** `group` of `POST /conversations`: at epoch 1 with these devices, or at epoch 0 with the maker's alone. */
    begin(maker: DeviceName, others: readonly DeviceName[] = []) {
      leaves = [maker, ...others]
      epoch = 0
      if (others.length === 0) return { addDevices: others, groupInfo: groupInfoFrame(place()) }
      const body = { addDevices: others, ...parts(commitFrame({ ...place(), sender: 0, adds: others }), others) }
      epoch = 1
      return body
    },

    /** A commit upon the present epoch; nothing changes until it is `accepted`. */
    commit(by: DeviceName, { addUsers = [], add = [], remove = [], role, padding = 0 }: Wanted = {}): CommitRequest {
      const removes = remove.map(leafOf)
      const path = add.length === 0 ? by : undefined
      const frame = commitFrame({ ...place(), sender: leafOf(by), adds: add, removes, path, padding, addUsers, role })
      const change = { addUsers, addDevices: add, removeDevices: remove, ...(role && { role }) }
      return { epoch, upTo, change, ...parts(frame, add) }
    },

    /** A device that joins, or comes back, from outside. */
    join(by: DeviceName): CommitRequest {
      const old = leafOf(by)
      const removes = old === -1 ? [] : [old]
      const frame = commitFrame({ ...place(), sender: 'external', removes, path: by })
      const removeDevices = old === -1 ? [] : [by]
      return { epoch, upTo, change: { addUsers: [], addDevices: [by], removeDevices }, ...parts(frame, []) }
    },

    accepted({ change }: CommitRequest): void {
      leaves = leaves.map((one) => (change.removeDevices.some((gone) => same(one, gone)) ? undefined : one))
      for (const named of change.addDevices) enter(named)
      epoch += 1
    },
  }
}
