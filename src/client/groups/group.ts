import { z } from 'zod'
import { fromBase64, toBase64 } from '../base64.ts'
import type { GroupState } from '../e2ee/group-state.ts'
import type { Pending } from '../e2ee/pending.ts'
import { decodePending, encodePending } from '../e2ee/pending-parts.ts'
import { decodeState, encodeState } from '../e2ee/state-parts.ts'
import type { StoreChange } from '../store.ts'

/** A commit that was made and stored; which of its epoch's commits wins is told by the conversation's events. */
export interface OwnCommit {
  /** Of the command that carries it. */
  readonly clientSeq: number
  readonly generation: number
  readonly made: Pending
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
  /** Members, as far as events told them. */
  roster: ReadonlySet<string>
  /** The device that reset the group, `user/device`: nobody has begun it anew. */
  resetBy: string | undefined
  /** What the server said about its epoch in a refusal, and where this device was then. */
  wanted: { readonly generation: number; readonly epoch: number; readonly was: number } | undefined
  /** What is to be stored beside what follows from the fields. */
  readonly extra: StoreChange[]
  /** States of epochs that are over: their keys are overwritten once the state that followed is stored. */
  readonly left: GroupState[]
  stored: Stored
}

interface Stored {
  readonly state: GroupState | undefined
  readonly pending: OwnCommit | undefined
  readonly meta: string
  readonly roster: ReadonlySet<string>
}

const nothing: Stored = { state: undefined, pending: undefined, meta: '', roster: new Set() }

const sameEpoch = (one: GroupState, other: GroupState | undefined): boolean =>
  one.mls.groupContext === other?.mls.groupContext

export const newGroup = (conversationId: string): Group => {
  const left: GroupState[] = []
  let current: GroupState | undefined
  return {
    get state() {
      return current
    },
    set state(next) {
      if (current !== undefined && !sameEpoch(current, next)) left.push(current)
      current = next
    },
    left,
    ...fresh(conversationId),
  }
}

const fresh = (conversationId: string): Omit<Group, 'state' | 'left'> => ({
  conversationId,
  generation: 0,
  opened: -1,
  entered: 0,
  pending: undefined,
  leaving: new Set(),
  resetBy: undefined,
  roster: nothing.roster,
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
  pending: z.object({ clientSeq: z.int(), generation: z.int() }).optional(),
})

const metaOf = ({ generation, opened, entered, leaving, resetBy, pending }: Group): z.output<typeof meta> => ({
  generation,
  opened,
  entered,
  leaving: [...leaving],
  ...(resetBy !== undefined && { resetBy }),
  ...(pending && { pending: { clientSeq: pending.clientSeq, generation: pending.generation } }),
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
  const { conversationId: id, state, pending, roster } = group
  const value = metaOf(group)
  const text = JSON.stringify(value)
  const changes = [...group.extra.splice(0), ...stateChanges(group), ...pendingChanges(group)]
  if (text !== group.stored.meta) changes.push({ key: `group/${id}`, value })
  if (roster !== group.stored.roster) changes.push({ key: `roster/${id}`, value: [...roster] })
  group.stored = { state, pending, meta: text, roster }
  return changes
}

interface Found {
  meta?: z.output<typeof meta>
  roster: string[]
  readonly mls: Map<string, Uint8Array>
  readonly pending: Map<string, Uint8Array>
}

const toGroup = (id: string, { meta: known, roster, mls, pending }: Found): Group => {
  const group = newGroup(id)
  if (known === undefined) return group
  group.state = mls.size === 0 ? undefined : decodeState(mls)
  group.generation = known.generation
  group.opened = known.opened
  group.entered = known.entered
  group.leaving = new Set(known.leaving)
  group.resetBy = known.resetBy
  group.roster = new Set(roster)
  group.pending = known.pending && pending.size > 0 ? { ...known.pending, made: decodePending(pending) } : undefined
  const { state, pending: made } = group
  group.stored = { state, pending: made, roster: group.roster, meta: JSON.stringify(known) }
  return group
}

/** All groups in a store. Throws E2eeError `malformed` for damaged ones. */
export const loadGroups = (stored: ReadonlyMap<string, unknown>): Map<string, Group> => {
  const found = new Map<string, Found>()
  const of = (id: string): Found => {
    const one = found.get(id) ?? { roster: [], mls: new Map(), pending: new Map() }
    found.set(id, one)
    return one
  }
  for (const [key, value] of stored) {
    const [kind, id = '', ...part] = key.split('/')
    if (kind === 'group') of(id).meta = meta.parse(value)
    if (kind === 'roster') of(id).roster = z.array(z.string()).parse(value)
    if (kind === 'mls' || kind === 'pending') of(id)[kind].set(part.join('/'), fromBase64(z.string().parse(value)))
  }
  return new Map([...found].map(([id, one]) => [id, toGroup(id, one)]))
}
