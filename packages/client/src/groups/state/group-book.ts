import { retire } from '../../mls/key-erasure.ts'
import type { GroupState } from '../../mls/state/group-state.ts'
import type { StoreChange } from '../../stores/client-store.ts'
import type { StoreWriter } from '../../stores/store-writer.ts'
import { type Group, newGroup } from './group.ts'
import { changesOf } from './stored-group.ts'

/** All groups of this device. Readers and writers work in a group's turn, so that no key is ever used twice. */
export interface GroupBook {
  of(conversationId: string): Group
  all(): Iterable<Group>
  /** Runs alone for this group. */
  inTurn<Value>(group: Group, task: () => Promise<Value>): Promise<Value>
  /** Marks it as changed in memory: the next `saveAll` stores it. */
  touch(group: Group): void
  /** Stores it, with other changes that belong into the same write. */
  save(group: Group, more?: readonly StoreChange[]): Promise<void>
  saveAll(more: readonly StoreChange[]): Promise<void>
}

export const createGroupBook = (loaded: Map<string, Group>, writer: StoreWriter): GroupBook => {
  const groups = new Map(loaded)
  const turns = new Map<string, Promise<unknown>>()
  const touched = new Set<Group>()

  /** What may still be needed: the newest states, and those that are over but whose successor is not stored yet. */
  const used = ({ state, stored, pending, left }: Group): readonly GroupState[] =>
    [state, stored.state, pending?.made.next, stored.pending?.made.next, ...left].filter((one) => one !== undefined)

  const of = (id: string) => {
    const group = groups.get(id) ?? newGroup(id)
    groups.set(id, group)
    return group
  }
  const inTurn: GroupBook['inTurn'] = ({ conversationId: id }, task) => {
    const before = turns.get(id) ?? Promise.resolve()
    const mine = before.then(task)
    const settled = mine.then(
      () => {},
      () => {},
    )
    turns.set(id, settled)
    void settled.then(() => turns.get(id) === settled && turns.delete(id))
    return mine
  }

  /** In the group's turn: nobody works with one of these states. */
  const retireAll = (group: Group, states: readonly GroupState[]) =>
    inTurn(group, async () => {
      for (const state of states) retire(state, used(group))
    })
  const store = async (changed: readonly Group[], more: readonly StoreChange[]) => {
    const over = changed.map((group) => ({ group, states: group.left.splice(0) }))
    await writer.write([...changed.flatMap((group) => changesOf(group)), ...more])
    for (const { group, states } of over) if (states.length > 0) void retireAll(group, states)
  }

  return {
    of,
    all: () => groups.values(),
    inTurn,
    touch: (group) => void touched.add(group),
    save: (group, more = []) => {
      touched.delete(group)
      return store([group], more)
    },
    saveAll: (more) => {
      const all = [...touched]
      touched.clear()
      return store(all, more)
    },
  }
}
