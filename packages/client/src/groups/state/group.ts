import type { RoleChange } from '@backscroll/protocol/commit-statement'
import { type Roles, unknownRoles } from '../../mls/members/member-roles.ts'
import type { Roster } from '../../mls/members/signed-roster.ts'
import type { Place } from '../../mls/state/epoch-order.ts'
import type { GroupEpoch } from '../../mls/state/group-epoch.ts'
import { epochOf, type GroupState, groupIdOf, membersOf } from '../../mls/state/group-state.ts'
import type { Pending } from '../../mls/state/pending-commit.ts'
import type { StoreChange } from '../../stores/client-store.ts'
import { deviceName } from '../../trust/credential-check.ts'

/** A commit that was made and stored. The conversation's events tell which of an epoch's commits wins. */
export interface OwnCommit {
  /** The number of the command that carries it. */
  readonly clientSeq: number
  readonly generation: number
  /** The revision up to which this device had processed the conversation when it made it. */
  readonly upTo: number
  readonly made: Pending
}

/** The users who are claimed to have joined or to have another role, and the device (`user/device`) that claims it. */
interface Claim {
  readonly by: string
  readonly users: readonly string[]
  readonly role?: RoleChange | undefined
}

/**
 * One conversation's encryption as this device knows it. In memory it may be ahead of the store: `changesOf` is
 * what the store lacks.
 */
export interface Group {
  readonly conversationId: string
  /** Setting another epoch, or none, keeps the one before in `left`. */
  state: GroupState | undefined
  generation: number
  /** The last revision that was processed; -1 before the first. */
  appliedRevision: number
  /** The epoch in which this device joined: commits up to it are in its state already. */
  entered: number
  pending: OwnCommit | undefined
  /** Devices that must be removed before anyone sends, `user/device`. */
  leaving: ReadonlySet<string>
  /** The members, as their devices have signed it: nobody joins or leaves by the server's word. */
  roster: Roster
  /** As devices have signed it. */
  roles: Roles
  /** Members whom the server no longer serves, without a member's signature: they are not added again. */
  gone: ReadonlySet<string>
  /** What the server's newest event claims about the members: the commit right after it must say the same. */
  claimed: Claim | undefined
  /**
   * `out`: this user left or was removed, or the server no longer has the conversation. `invited`: and was let in
   * again, which the device has not followed yet. `cut_off`: out by the server's word alone.
   */
  standing: 'in' | 'out' | 'invited' | 'cut_off'
  /** Why no commit leads on from the state; the state is kept until this device has joined anew. */
  stranded: 'missing' | 'rolled_back' | undefined
  /** The revision of the newest commit that the state contains. */
  followed: number
  /**
   * It joined by a Welcome older than what it had processed, and has not followed the events since: some of them
   * may be departures.
   */
  unfollowed: boolean
  /** The newest epoch that this device has been in: an older one is an old state of the group. */
  highest: Place
  /** Why nothing is sent; reported once. */
  warned: string | undefined
  /** The device that reset the group, `user/device`, if nobody has begun it anew. */
  resetBy: string | undefined
  /** What the server said about its epoch in a refusal, and where this device was then. */
  wanted: { readonly generation: number; readonly epoch: number; readonly was: number } | undefined
  /** What must be stored besides what follows from the fields. */
  readonly extra: StoreChange[]
  /**
   * Since when the devices in the group, `user/device`, have been in it without a break, as far as this device
   * has seen.
   */
  devices: ReadonlyMap<string, GroupEpoch>
  /** States of epochs that are over: their keys are overwritten once the state that followed is stored. */
  readonly left: GroupState[]
  stored: Stored
}

interface Stored {
  readonly state: GroupState | undefined
  readonly pending: OwnCommit | undefined
  readonly meta: string
  readonly roster: Roster
  readonly roles: Roles
  readonly devices: ReadonlyMap<string, GroupEpoch> | undefined
}

const nothing: Stored = {
  state: undefined,
  pending: undefined,
  meta: '',
  roster: new Map(),
  roles: unknownRoles,
  devices: undefined,
}

const generationOf = (state: GroupState): number => Number(groupIdOf(state).split('/')[1] ?? 0)

const devicesSince = (state: GroupState, before: ReadonlyMap<string, GroupEpoch>): ReadonlyMap<string, GroupEpoch> => {
  const now = { generation: generationOf(state), epoch: epochOf(state) }
  const names = membersOf(state.mls.ratchetTree).map(deviceName)
  return new Map(names.map((name) => [name, before.get(name) ?? now]))
}

const sameEpoch = (one: GroupState, other: GroupState | undefined): boolean =>
  one.mls.groupContext === other?.mls.groupContext

export const newGroup = (conversationId: string): Group => {
  const left: GroupState[] = []
  let current: GroupState | undefined
  let devices: ReadonlyMap<string, GroupEpoch> = new Map()
  return {
    get devices() {
      return devices
    },
    set devices(known) {
      devices = known
    },
    get state() {
      return current
    },
    set state(next) {
      if (current !== undefined && !sameEpoch(current, next)) left.push(current)
      if (next !== undefined && !sameEpoch(next, current)) devices = devicesSince(next, devices)
      current = next
    },
    left,
    ...fresh(conversationId),
  }
}

const fresh = (conversationId: string): Omit<Group, 'state' | 'left' | 'devices'> => ({
  conversationId,
  generation: 0,
  appliedRevision: -1,
  entered: 0,
  pending: undefined,
  leaving: new Set(),
  resetBy: undefined,
  roster: nothing.roster,
  roles: nothing.roles,
  gone: new Set(),
  claimed: undefined,
  standing: 'in',
  stranded: undefined,
  followed: -1,
  unfollowed: false,
  highest: { generation: 0, epoch: -1 },
  warned: undefined,
  wanted: undefined,
  extra: [],
  stored: nothing,
})

/** The MLS group id: the conversation's id, or `<id>/<generation>` after a reset. */
export const mlsGroupId = (conversationId: string, generation: number): string =>
  generation === 0 ? conversationId : `${conversationId}/${generation}`
