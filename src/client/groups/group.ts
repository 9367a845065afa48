import { z } from 'zod'
import type { RoleChange } from '../../protocol/commit-statement.ts'
import { fromBase64, toBase64 } from '../base64.ts'
import { deviceName } from '../e2ee/credential-check.ts'
import { epochOf, type GroupState, groupIdOf, membersOf } from '../e2ee/group-state.ts'
import type { Pending } from '../e2ee/pending.ts'
import { decodePending, encodePending } from '../e2ee/pending-parts.ts'
import { type Roles, storedRoles, storeRoles, unknownRoles } from '../e2ee/roles.ts'
import type { Roster } from '../e2ee/roster.ts'
import { decodeState, encodeState } from '../e2ee/state-parts.ts'
import type { StoreChange } from '../store.ts'
import { type Moment, moment } from './moment.ts'
import type { Place } from './place.ts'

/** A commit that was made and stored; which of its epoch's commits wins is told by the conversation's events. */
export interface OwnCommit {
  /** Of the command that carries it. */
  readonly clientSeq: number
  readonly generation: number
  /** The revision up to which this device had taken in the conversation when it made it. */
  readonly upTo: number
  readonly made: Pending
}

/** Who is said to have come in, or to have another role, by whom, `user/device`. */
interface Claim {
  readonly by: string
  readonly users: readonly string[]
  readonly role?: RoleChange
}

/** One conversation's encryption as this device knows it. In memory it may be ahead of the store: `changesOf` is what the store lacks. */
export interface Group {
  readonly conversationId: string
  /** Another epoch, or none, leaves the one before in `left`. */
  state: GroupState | undefined
  generation: number
  /** The last revision that was taken in; -1 before the first. */
  opened: number
  /** The epoch at which this device came in: commits up to it are in its state already. */
  entered: number
  pending: OwnCommit | undefined
  /** Devices that must be removed before anyone sends, `user/device`. */
  leaving: ReadonlySet<string>
  /** The members, as their devices have signed it: nobody comes in, and nobody goes, by the server's word. */
  roster: Roster
  /** By what devices have signed. */
  roles: Roles
  /** Members whom the server serves no more, which no member has signed: they are not brought in again. */
  gone: ReadonlySet<string>
  /** What the server's newest event says of the members: the commit right after it must say the same. */
  claimed: Claim | undefined
  /** `out`: this user left or was removed, or the server has the conversation no more. `invited`: and was let in again, which the device has not followed yet. `cut_off`: out by the server's word alone. */
  standing: 'in' | 'out' | 'invited' | 'cut_off'
  /** Why no commit leads on from the state; it is kept until this device has come in anew. */
  stranded: 'missing' | 'rolled_back' | undefined
  /** The revision of the newest commit that the state contains. */
  followed: number
  /** The newest epoch that this device has been in: an older one is an old state of the group. */
  highest: Place
  /** For what nothing is sent: told once. */
  warned: string | undefined
  /** The device that reset the group, `user/device`: nobody has begun it anew. */
  resetBy: string | undefined
  /** What the server said about its epoch in a refusal, and where this device was then. */
  wanted: { readonly generation: number; readonly epoch: number; readonly was: number } | undefined
  /** What is to be stored beside what follows from the fields. */
  readonly extra: StoreChange[]
  /** Since when the devices in the group, `user/device`, have been in it without a break, as far as this one has seen. */
  devices: ReadonlyMap<string, Moment>
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
  readonly devices: ReadonlyMap<string, Moment> | undefined
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

const devicesSince = (state: GroupState, before: ReadonlyMap<string, Moment>): ReadonlyMap<string, Moment> => {
  const now = { generation: generationOf(state), epoch: epochOf(state) }
  const names = membersOf(state.mls.ratchetTree).map(deviceName)
  return new Map(names.map((name) => [name, before.get(name) ?? now]))
}

const sameEpoch = (one: GroupState, other: GroupState | undefined): boolean =>
  one.mls.groupContext === other?.mls.groupContext

export const newGroup = (conversationId: string): Group => {
  const left: GroupState[] = []
  let current: GroupState | undefined
  let devices: ReadonlyMap<string, Moment> = new Map()
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
  opened: -1,
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
  highest: { generation: 0, epoch: -1 },
  warned: undefined,
  wanted: undefined,
  extra: [],
  stored: nothing,
})

const meta = z.object({
  generation: z.int(),
  opened: z.int(),
  entered: z.int(),
  leaving: z.array(z.string()),
  resetBy: z.string().optional(),
  standing: z.enum(['in', 'out', 'invited', 'cut_off']).default('in'),
  stranded: z.enum(['missing', 'rolled_back']).optional(),
  gone: z.array(z.string()).default([]),
  followed: z.int().default(-1),
  highest: z.object({ generation: z.int(), epoch: z.int() }).default({ generation: 0, epoch: -1 }),
  pending: z.object({ clientSeq: z.int(), generation: z.int(), upTo: z.int().default(0) }).optional(),
})

const metaOf = ({ leaving, resetBy, stranded, pending, ...group }: Group): z.output<typeof meta> => ({
  generation: group.generation,
  opened: group.opened,
  entered: group.entered,
  leaving: [...leaving],
  ...(resetBy !== undefined && { resetBy }),
  standing: group.standing,
  ...(stranded !== undefined && { stranded }),
  gone: [...group.gone],
  followed: group.followed,
  highest: group.highest,
  ...(pending && { pending: { clientSeq: pending.clientSeq, generation: pending.generation, upTo: pending.upTo } }),
})

/** The MLS group id: the conversation's id, or `<id>/<generation>` after a reset. */
export const mlsGroupId = (conversationId: string, generation: number): string =>
  generation === 0 ? conversationId : `${conversationId}/${generation}`

type Parts = ReadonlyMap<string, Uint8Array | undefined>
const partChanges = (kind: 'mls' | 'pending', id: string, parts: Parts): StoreChange[] =>
  [...parts].map(([part, bytes]) => ({ key: `${kind}/${id}/${part}`, value: bytes && toBase64(bytes) }))

const removed = (parts: Parts): Parts => new Map([...parts.keys()].map((part) => [part, undefined]))

const stateChanges = ({ conversationId: id, state, stored }: Group): StoreChange[] => {
  if (state === stored.state) return []
  if (state === undefined) return stored.state ? partChanges('mls', id, removed(encodeState(stored.state))) : []
  return partChanges('mls', id, encodeState(state, stored.state))
}

const pendingChanges = ({ conversationId: id, pending, stored }: Group): StoreChange[] => {
  if (pending === stored.pending) return []
  const old = stored.pending ? partChanges('pending', id, removed(encodePending(stored.pending.made))) : []
  const now = pending ? partChanges('pending', id, encodePending(pending.made)) : []
  return [...old, ...now]
}

/** What the store lacks, and takes it as stored: write it next, in one write. */
export const changesOf = (group: Group): readonly StoreChange[] => {
  const { conversationId: id, state, pending, roster, roles, devices } = group
  const value = metaOf(group)
  const text = JSON.stringify(value)
  const changes = [...group.extra.splice(0), ...stateChanges(group), ...pendingChanges(group)]
  if (text !== group.stored.meta) changes.push({ key: `group/${id}`, value })
  if (devices !== group.stored.devices) changes.push({ key: `devices/${id}`, value: [...devices] })
  if (roster !== group.stored.roster) changes.push({ key: `roster/${id}`, value: [...roster] })
  if (roles !== group.stored.roles) changes.push({ key: `roles/${id}`, value: storeRoles(roles) })
  group.stored = { state, pending, meta: text, roster, roles, devices }
  return changes
}

interface Found {
  meta?: z.output<typeof meta>
  roster: Roster
  roles: Roles
  devices?: [string, Moment][]
  readonly mls: Map<string, Uint8Array>
  readonly pending: Map<string, Uint8Array>
}

const toGroup = (id: string, { meta: known, roster, roles, devices, mls, pending }: Found): Group => {
  const group = newGroup(id)
  if (known === undefined) return group
  group.state = mls.size === 0 ? undefined : decodeState(mls)
  group.generation = known.generation
  group.opened = known.opened
  group.entered = known.entered
  group.leaving = new Set(known.leaving)
  group.resetBy = known.resetBy
  group.standing = known.standing
  group.stranded = known.stranded
  group.followed = known.followed
  group.highest = known.highest
  group.roster = roster
  group.roles = roles
  group.gone = new Set(known.gone)
  if (devices !== undefined) group.devices = new Map(devices)
  group.pending = known.pending && pending.size > 0 ? { ...known.pending, made: decodePending(pending) } : undefined
  const { state, pending: made } = group
  group.stored = {
    state,
    pending: made,
    roster: group.roster,
    roles: group.roles,
    devices: devices && group.devices,
    meta: JSON.stringify(known),
  }
  return group
}

/** As user ids alone where an older version has stored it. */
const storedRoster = z.union([
  z.array(z.tuple([z.string(), z.string()])),
  z.array(z.string()).transform((users) => users.map((user): [string, string] => [user, ''])),
])

/** All groups in a store. Throws E2eeError `malformed` for damaged ones. */
export const loadGroups = (stored: ReadonlyMap<string, unknown>): Map<string, Group> => {
  const found = new Map<string, Found>()
  const of = (id: string): Found => {
    const one = found.get(id) ?? { roster: new Map(), roles: unknownRoles, mls: new Map(), pending: new Map() }
    found.set(id, one)
    return one
  }
  for (const [key, value] of stored) {
    const [kind, id = '', ...part] = key.split('/')
    if (kind === 'group') of(id).meta = meta.parse(value)
    if (kind === 'roster') of(id).roster = new Map(storedRoster.parse(value))
    if (kind === 'roles') of(id).roles = storedRoles.parse(value)
    if (kind === 'devices') of(id).devices = z.array(z.tuple([z.string(), moment])).parse(value)
    if (kind === 'mls' || kind === 'pending') of(id)[kind].set(part.join('/'), fromBase64(z.string().parse(value)))
  }
  return new Map([...found].map(([id, one]) => [id, toGroup(id, one)]))
}
