import type { StoreChange } from '../store.ts'
import { changesOf, type Group, newGroup } from './group.ts'
import type { StoreWriter } from './store-writer.ts'

/** All groups of this device. Whoever reads or changes one does it in its turn, so that no key is ever used twice. */
export interface GroupBook {
  of(conversationId: string): Group
  all(): Iterable<Group>
  /** Runs alone for this group. */
  inTurn<Value>(group: Group, task: () => Promise<Value>): Promise<Value>
  /** Marks it as changed in memory: the next `saveAll` stores it. */
  touch(group: Group): void
  /** Stores it, with what else belongs into the same write. */
  save(group: Group, more?: readonly StoreChange[]): Promise<void>
  saveAll(more: readonly StoreChange[]): Promise<void>
}

export const createGroupBook = (loaded: Map<string, Group>, writer: StoreWriter): GroupBook => {
  const groups = new Map(loaded)
  const turns = new Map<string, Promise<unknown>>()
  const touched = new Set<Group>()

  const of = (id: string) => {
    const group = groups.get(id) ?? newGroup(id)
    groups.set(id, group)
    return group
  }
  return {
    of,
    all: () => groups.values(),
    inTurn: ({ conversationId: id }, task) => {
      const before = turns.get(id) ?? Promise.resolve()
      const mine = before.then(task)
      const settled = mine.then(
        () => {},
        () => {},
      )
      turns.set(id, settled)
      void settled.then(() => turns.get(id) === settled && turns.delete(id))
      return mine
    },
    touch: (group) => void touched.add(group),
    save: (group, more = []) => {
      touched.delete(group)
      return writer.write([...changesOf(group), ...more])
    },
    saveAll: (more) => {
      const changes = [...touched].flatMap((group) => changesOf(group))
      touched.clear()
      return writer.write([...changes, ...more])
    },
  }
}
