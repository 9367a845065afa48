import type { StoreChange } from '../client-store.ts'

interface Waiting {
  readonly changes: readonly StoreChange[]
  readonly resolve: () => void
  readonly reject: (reason: unknown) => void
}

export interface GroupWriter {
  write(changes: readonly StoreChange[]): Promise<void>
  /** Resolves when all requested writes have succeeded or failed. */
  idle(): Promise<void>
}

/** All waiting writes become one: the next group starts when the last one is durable. */
export const createGroupWriter = (commit: (changes: readonly StoreChange[]) => Promise<void>): GroupWriter => {
  let waiting: Waiting[] = []
  let running: Promise<void> | undefined
  const commitGroup = async (group: readonly Waiting[]) => {
    try {
      await commit(group.flatMap((one) => one.changes))
      for (const one of group) one.resolve()
    } catch (thrown) {
      for (const one of group) one.reject(thrown)
    }
  }
  const run = async () => {
    while (waiting.length > 0) {
      const group = waiting
      waiting = []
      await commitGroup(group)
    }
    running = undefined
  }
  return {
    write: (changes) =>
      new Promise((resolve, reject) => {
        waiting.push({ changes, resolve, reject })
        running ??= run()
      }),
    idle: async () => running,
  }
}
