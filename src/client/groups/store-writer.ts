import { type Clock, sleep } from '../clock.ts'
import type { ClientStore, StoreChange } from '../store.ts'

/** Writes that must not be lost or overtaken: each is tried until it is stored. */
export interface StoreWriter {
  /** Resolves when these, and all that were asked for before, are durable. Never resolves after `close` if they are not. */
  write(changes: readonly StoreChange[]): Promise<void>
  close(): void
}

interface Waiting {
  readonly changes: readonly StoreChange[]
  readonly resolve: () => void
}

const retryMs = 1_000

/** All that waits is one write: a later one holds the earlier ones that failed, so the store never sees a state without its past. */
export const createStoreWriter = (
  store: Pick<ClientStore, 'write'>,
  clock: Clock,
  onError: (thrown: unknown) => void,
): StoreWriter => {
  let waiting: Waiting[] = []
  let running = false
  let closed = false

  const attempt = async (group: readonly Waiting[]) => {
    try {
      await store.write(group.flatMap(({ changes }) => changes))
      for (const { resolve } of group) resolve()
    } catch (thrown) {
      waiting = [...group, ...waiting]
      onError(thrown)
      await sleep(clock, retryMs)
    }
  }
  const run = async () => {
    running = true
    while (waiting.length > 0 && !closed) {
      const group = waiting
      waiting = []
      await attempt(group)
    }
    running = false
  }
  return {
    write: (changes) => {
      if (changes.length === 0 && waiting.length === 0 && !running) return Promise.resolve()
      return new Promise((resolve) => {
        waiting.push({ changes, resolve })
        if (!running) void run()
      })
    },
    close: () => {
      closed = true
    },
  }
}
