import { role } from '@backscroll/protocol/role'
import { z } from 'zod'
import { fromBase64, toBase64 } from '../../encoding/base64.ts'
import { type Roles, storedRoles, storeRoles, unknownRoles } from '../../mls/members/member-roles.ts'
import type { Roster } from '../../mls/members/signed-roster.ts'
import { type GroupEpoch, groupEpoch } from '../../mls/state/group-epoch.ts'
import { decodePending, encodePending } from '../../mls/state/pending-commit-parts.ts'
import { decodeState, encodeState } from '../../mls/state/state-parts.ts'
import type { StoreChange } from '../../stores/client-store.ts'
import { type Group, newGroup } from './group.ts'

const claim = z.object({
  by: z.string(),
  users: z.array(z.string()).readonly(),
  role: z.object({ userId: z.string(), role }).optional(),
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
  unfollowed: z.boolean().default(false),
  highest: z.object({ generation: z.int(), epoch: z.int() }).default({ generation: 0, epoch: -1 }),
  claimed: claim.optional(),
  pending: z.object({ clientSeq: z.int(), generation: z.int(), upTo: z.int().default(0) }).optional(),
})

const metaOf = ({ leaving, resetBy, stranded, claimed, pending, ...group }: Group): z.output<typeof meta> => ({
  generation: group.generation,
  opened: group.appliedRevision,
  entered: group.entered,
  leaving: [...leaving],
  ...(resetBy !== undefined && { resetBy }),
  standing: group.standing,
  ...(stranded !== undefined && { stranded }),
  gone: [...group.gone],
  followed: group.followed,
  unfollowed: group.unfollowed,
  highest: group.highest,
  ...(claimed && { claimed }),
  ...(pending && { pending: { clientSeq: pending.clientSeq, generation: pending.generation, upTo: pending.upTo } }),
})

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

/** What the store lacks. It counts as stored from now on: write it next, in one write. */
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
  devices?: [string, GroupEpoch][]
  readonly mls: Map<string, Uint8Array>
  readonly pending: Map<string, Uint8Array>
}

const toGroup = (id: string, { meta: known, roster, roles, devices, mls, pending }: Found): Group => {
  const group = newGroup(id)
  if (known === undefined) return group
  group.state = mls.size === 0 ? undefined : decodeState(mls)
  group.generation = known.generation
  group.appliedRevision = known.opened
  group.entered = known.entered
  group.leaving = new Set(known.leaving)
  group.resetBy = known.resetBy
  group.standing = known.standing
  group.stranded = known.stranded
  group.followed = known.followed
  group.unfollowed = known.unfollowed
  group.claimed = known.claimed
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

/** User ids alone where an older version has stored it. */
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
    if (kind === 'devices') of(id).devices = z.array(z.tuple([z.string(), groupEpoch])).parse(value)
    if (kind === 'mls' || kind === 'pending') of(id)[kind].set(part.join('/'), fromBase64(z.string().parse(value)))
  }
  return new Map([...found].map(([id, one]) => [id, toGroup(id, one)]))
}
