import { type MessageId, messageId, type UserId } from '../ids.ts'
import type { ConversationCommand } from './conversation-commands.ts'
import type { Posting } from './conversation-events.ts'
import { type ConversationState, initialState } from './conversation-state.ts'
import { countUse, type DeviceMemory, type Devices, noDevices, type Result } from './exactly-once.ts'
import { restoreGroup, type StoredGroup, storeGroup } from './groups/stored-group.ts'
import type { Membership } from './members/earlier-memberships.ts'
import type { Role } from './members/role.ts'

/** Raised with every change of the state's shape or meaning; snapshots of another version are ignored. */
export const stateVersion = 12

type StoredResult = readonly [
  clientSeq: number,
  revision: number,
  command: ConversationCommand['type'],
  message: MessageId | null,
]
type StoredDevice = readonly [key: string, last: number, recent: readonly StoredResult[]]

interface Stored {
  readonly exists: boolean
  readonly isClosed: boolean
  readonly kind: 'direct' | 'group'
  readonly members: readonly (readonly [userId: string, role: Role])[]
  readonly invited: readonly string[]
  readonly joined: readonly (readonly [userId: string, revision: number])[]
  readonly earlier: readonly (readonly [userId: string, memberships: readonly Membership[]])[]
  readonly retentionSeconds: number | null
  readonly retentionBy: UserId | null
  readonly posting: Posting
  readonly expiredUpTo: number
  readonly lastSeq: number
  readonly revision: number
  readonly departed: number
  readonly devices: readonly StoredDevice[]
  readonly deleted: readonly (readonly [revision: number, by: number])[]
  readonly forgottenDeletion: number
  readonly mls: StoredGroup | null
}

const storeResult = ({ clientSeq, revision, command, messageId }: Result): StoredResult => [
  clientSeq,
  revision,
  command,
  messageId ?? null,
]

const restoreResult = ([clientSeq, revision, command, message]: StoredResult): Result => ({
  clientSeq,
  revision,
  command,
  messageId: message === null ? undefined : messageId(message),
})

const newest = (device: DeviceMemory): number => device.recent.at(-1)?.revision ?? -1

/** The newest remembered revisions give the order of activity, so it is not stored. */
const restoreDevices = (stored: readonly StoredDevice[]): Devices => {
  const devices = noDevices()
  for (const [key, last, recent] of stored) {
    devices.byKey.set(key, { last, recent: recent.map(restoreResult) })
    devices.results += recent.length
    for (const [, , , message] of recent) countUse(devices, message === null ? undefined : messageId(message), 1)
  }
  const remembering = [...devices.byKey].filter(([, device]) => device.recent.length > 0)
  for (const [key, device] of remembering.sort(([, a], [, b]) => newest(a) - newest(b))) {
    devices.remembering.set(key, device)
  }
  return devices
}

/** JSON text. `fromSnapshot` makes a state of it that decides exactly as the original does. */
export const toSnapshot = (state: ConversationState): string => {
  const { exists, isClosed, kind, posting, retentionSeconds, retentionBy, expiredUpTo } = state
  const { lastSeq, revision, departed, forgottenDeletion } = state
  const devices = [...state.devices.byKey].map(
    ([key, { last, recent }]): StoredDevice => [key, last, recent.map(storeResult)],
  )
  const members = [...state.members]
  const invited = [...state.invited]
  const joined = [...state.joined]
  const earlier = [...state.earlier]
  const deleted = [...state.deleted]
  const mls = state.mls === undefined ? null : storeGroup(state.mls)
  const retention = { retentionSeconds, retentionBy, expiredUpTo }
  const roster = { members, invited, joined, earlier }
  const counts = { lastSeq, revision, departed }
  const deletions = { deleted, forgottenDeletion }
  const stored: Stored = {
    exists,
    isClosed,
    kind,
    posting,
    ...roster,
    ...retention,
    ...counts,
    devices,
    ...deletions,
    mls,
  }
  return JSON.stringify(stored)
}

/** `text` must come from `toSnapshot` of this `stateVersion`; throws a SyntaxError or TypeError otherwise. */
export const fromSnapshot = (text: string): ConversationState => {
  const { members, invited, joined, earlier, devices, deleted, mls, ...plain } = JSON.parse(text) as Stored
  return {
    ...initialState(),
    ...plain,
    members: new Map(members),
    invited: new Set(invited),
    joined: new Map(joined),
    earlier: new Map(earlier),
    devices: restoreDevices(devices),
    deleted: new Map(deleted),
    mls: mls === null ? undefined : restoreGroup(mls),
  }
}
