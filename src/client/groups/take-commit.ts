import type { WireEvent } from '../../protocol/server-frames.ts'
import { fromBase64 } from '../base64.ts'
import { equalBytes } from '../e2ee/bytes.ts'
import { E2eeError } from '../e2ee/e2ee-error.ts'
import type { GroupState } from '../e2ee/group-state.ts'
import type { SeenDevice } from '../e2ee/trust.ts'
import { type Committed, dataOf } from './event-data.ts'
import { type Group, mlsGroupId } from './group.ts'
import { deviceName, type GroupContext } from './group-context.ts'

/** What became of a commit. `lost`: the group has an epoch that this device has no keys for. */
export interface TakenCommit {
  readonly seen: readonly SeenDevice[]
  readonly warning?: { readonly code: string; readonly details: Readonly<Record<string, string | number>> }
  /** A Welcome was used: tell the server once the state is stored. */
  readonly welcomed?: boolean
}

const nothing: TakenCommit = { seen: [] }
const warned = (code: string, details: E2eeError['details'] = {}): TakenCommit => ({
  seen: [],
  warning: { code, details },
})

type Deps = Pick<GroupContext, 'me' | 'engine' | 'directory' | 'device' | 'stock' | 'alongside'>

export const createTakeCommit = (deps: Deps) => {
  const { me, engine, directory } = deps

  const become = (group: Group, state: GroupState | undefined, generation: number) => {
    if (state !== undefined && group.state === undefined) group.entered = engine.epoch(state)
    group.state = state
    group.generation = generation
    const inside = new Set(state === undefined ? [] : engine.members(state).map(deviceName))
    const leaving = [...group.leaving].filter((name) => inside.has(name))
    if (leaving.length < group.leaving.size) group.leaving = new Set(leaving)
  }

  const commitOf = async ({ stream, position }: WireEvent, { commit, ciphertext }: Committed): Promise<Uint8Array> =>
    commit === null ? fromBase64(ciphertext ?? '') : directory.blob(stream.id, commit.hash, position)

  /** This device's own: what it made is what was accepted, or it has lost what it made. */
  const own = (group: Group, data: Committed, bytes: Uint8Array): TakenCommit => {
    const { pending } = group
    group.pending = undefined
    if (pending !== undefined && equalBytes(pending.made.commit, bytes)) {
      const joins = pending.made.baseEpoch < 0 || data.external || group.state === undefined
      const state = engine.acceptPending(joins ? undefined : group.state, pending.made)
      become(group, state, data.generation)
      return { seen: engine.members(state) }
    }
    become(group, undefined, data.generation)
    return warned('own_commit')
  }

  const follow = async (group: Group, state: GroupState, data: Committed, event: WireEvent) => {
    const bytes = await commitOf(event, data)
    const processed = await engine.processCommit(state, bytes)
    if (deviceName(processed.committer) !== deviceName(event.actor))
      throw new E2eeError('forbidden_commit', { reason: 'another committer' })
    become(group, processed.selfRemoved ? undefined : processed.state, data.generation)
    return { seen: processed.seen }
  }

  const join = async (group: Group, data: Committed, hash: string, position: string): Promise<TakenCommit> => {
    const welcome = await directory.blob(group.conversationId, hash, position)
    const groupId = mlsGroupId(group.conversationId, data.generation)
    const { state, epoch, keyPackage, seen } = await engine.join(groupId, welcome, deps.device(), deps.stock.all())
    if (epoch !== data.epoch) throw new E2eeError('wrong_epoch', { epoch })
    deps.alongside(deps.stock.used(keyPackage))
    become(group, state, data.generation)
    return { seen, welcomed: true }
  }

  const isReplay = ({ state, generation }: Group, data: Committed): boolean =>
    data.generation < generation ||
    (state !== undefined && data.generation === generation && data.epoch <= engine.epoch(state))

  const take = async (group: Group, event: WireEvent, data: Committed): Promise<TakenCommit> => {
    const { state } = group
    if (isReplay(group, data))
      return data.epoch <= group.entered ? nothing : warned('replayed_commit', { epoch: data.epoch })
    if (deviceName(event.actor) === deviceName(me)) return own(group, data, await commitOf(event, data))
    if (group.pending !== undefined) group.pending = undefined
    const next = state !== undefined && data.generation === group.generation && data.epoch === engine.epoch(state) + 1
    if (next) return follow(group, state, data, event)
    const added = data.added.some((device) => deviceName(device) === deviceName(me))
    if (added && data.welcome !== null) return join(group, data, data.welcome.hash, event.position)
    if (state === undefined) return nothing
    become(group, undefined, group.generation)
    return warned('missing_commits', { epoch: data.epoch })
  }

  /** Never throws for what a commit is, only for what cannot be fetched now. A commit that is refused leaves the old state, which can read on in its epoch. */
  return async (group: Group, event: WireEvent): Promise<TakenCommit> => {
    const data = dataOf(event, 'GroupCommitted')
    if (data === undefined) return event.type === 'GroupCommitted' ? warned('malformed') : nothing
    try {
      return await take(group, event, data)
    } catch (thrown) {
      if (thrown instanceof E2eeError) return warned(thrown.code, thrown.details)
      throw thrown
    }
  }
}

export type TakeCommit = ReturnType<typeof createTakeCommit>
