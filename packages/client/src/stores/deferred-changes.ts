import type { StoreChange } from './client-store.ts'

/** Changes that wait for the next write of received events, to be stored together with it. */
export interface DeferredChanges {
  add(changes: readonly StoreChange[]): void
  take(): readonly StoreChange[]
}

export const createDeferredChanges = (): DeferredChanges => {
  const waiting: StoreChange[] = []
  return {
    add: (changes) => void waiting.push(...changes),
    take: () => waiting.splice(0),
  }
}
