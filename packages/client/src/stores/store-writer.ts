import { type Clock, sleep } from '../time/clock.ts'
import type { ClientStore, StoreChange } from './client-store.ts'

/** Writes that must not be lost or overtaken: each is tried until it is stored. */
export interface StoreWriter {
  /** Resolves when these, and all requested before, are durable. Rejects with the store's error only after `close`. */
  write(changes: readonly StoreChange[]): Promise<void>
  /** Nothing is retried from now on. */
  close(): void
}

interface Waiting {
  readonly changes: readonly StoreChange[]
  readonly resolve: () => void
  readonly reject: (thrown: unknown) => void
}

const retryMs = 1_000

/**
 * All waiting changes form one write: a later one includes the earlier ones that failed, so the store never has a
 * state without its past.
 */
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
      onError(thrown)
      if (closed) for (const { reject } of group) reject(thrown)
      else {
        waiting = [...group, ...waiting]
        await sleep(clock, retryMs)
      }
    }
  }
  const run = async () => {
    running = true
    while (waiting.length > 0) {
      const group = waiting
      waiting = []
      await attempt(group)
    }
    running = false
  }
  return {
    write: (changes) => {
      if (changes.length === 0 && waiting.length === 0 && !running) return Promise.resolve()
      return new Promise((resolve, reject) => {
        waiting.push({ changes, resolve, reject })
        if (!running) void run()
      })
    },
    close: () => {
      closed = true
    },
  }
}
