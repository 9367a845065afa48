/** A value that can be observed. It is never mutated: a new identity means a change. */
export interface Observable<Snapshot> {
  snapshot(): Snapshot
  /**
   * Calls the listener after each change. Returns a function that unsubscribes. The view follows the client while
   * it has at least one subscriber.
   */
  subscribe(listener: () => void): () => void
}

export interface Source<Snapshot> extends Observable<Snapshot> {
  set(next: Snapshot): void
  /** Removes all subscribers. */
  clear(): void
}

type Fields = object

const sameItems = (one: unknown, other: unknown): boolean =>
  one === other ||
  (Array.isArray(one) &&
    Array.isArray(other) &&
    one.length === other.length &&
    one.every((item, index) => item === other[index]))

/** Compares the fields, and the items of lists, by identity. */
export const isSame = (one: Fields, other: Fields): boolean => {
  const entries = Object.entries(one)
  const others = new Map(Object.entries(other))
  return entries.length === others.size && entries.every(([key, value]) => sameItems(value, others.get(key)))
}

/** `onWatched` runs at the first subscription. The function that it returns runs after the last one has ended. */
export const createSource = <Snapshot extends Fields>(
  initial: Snapshot,
  onWatched: () => () => void,
  onError: (thrown: unknown) => void,
): Source<Snapshot> => {
  let current = initial
  let end: (() => void) | undefined
  const listeners = new Set<{ readonly call: () => void }>()
  const stop = () => {
    if (listeners.size > 0) return
    end?.()
    end = undefined
  }
  const tell = () => {
    for (const { call } of [...listeners])
      try {
        call()
      } catch (thrown) {
        onError(thrown)
      }
  }
  return {
    snapshot: () => current,
    subscribe: (call) => {
      const listener = { call }
      listeners.add(listener)
      end ??= onWatched()
      return () => {
        if (listeners.delete(listener)) stop()
      }
    },
    set: (next) => {
      if (isSame(current, next)) return
      current = next
      tell()
    },
    clear: () => {
      listeners.clear()
      stop()
    },
  }
}
