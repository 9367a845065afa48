import { outboxEntry } from '../../../../packages/client/src/commands/outbox-entry.ts'
import {
  applyChanges,
  type ClientStore,
  type StoreChange,
} from '../../../../packages/client/src/stores/client-store.ts'
import type { VirtualClock } from '../time/virtual-clock.ts'

/** A disk: what a write has not finished is lost in a crash; the application's own log survives, as it is another program's. */
export const createDisk = (clock: VirtualClock) => {
  const durable = new Map<string, unknown>()
  /** Ids of commands that were durable once: the others were never given, as far as anyone can know after a crash. */
  const given = new Set<string>()
  const keep = (changes: readonly StoreChange[]) => {
    applyChanges(durable, changes)
    for (const { key, value } of changes)
      if (key.startsWith('entry/') && value !== undefined) given.add(outboxEntry.parse(value).messageId)
  }
  return {
    given,
    open: (): { readonly store: ClientStore; readonly crash: () => void } => {
      let alive = true
      let last: Promise<void> = Promise.resolve()
      const store: ClientStore = {
        load: async () => structuredClone(durable),
        write: (changes) => {
          const copy = structuredClone(changes)
          last = last.then(async () => {
            await new Promise<void>((resolve) => clock.after(2, resolve))
            if (alive) keep(copy)
            else await new Promise(() => {})
          })
          return last
        },
        close: () => last,
      }
      const crash = () => {
        alive = false
      }
      return { store, crash }
    },
  }
}
