/**
 * A value that others subscribe to. It is never changed in place: another identity means that something has
 * changed.
 */
export interface Observable<Snapshot> {
  snapshot(): Snapshot
  /**
   * Calls back after each change; returns a function that stops this. The view follows the client as long as
   * somebody subscribes.
   */
  subscribe(listener: () => void): () => void
}

export interface Source<Snapshot> extends Observable<Snapshot> {
  set(next: Snapshot): void
  /** Nobody subscribes any more. */
  clear(): void
}

type Fields = object

const sameItems = (one: unknown, other: unknown): boolean =>
  one === other ||
  (Array.isArray(one) &&
    Array.isArray(other) &&
    one.length === other.length &&
    one.every((item, index) => item === other[index]))

/** The same fields, and in lists the same items: then nothing has changed. */
export const isSame = (one: Fields, other: Fields): boolean => {
  const entries = Object.entries(one)
  const others = new Map(Object.entries(other))
  return entries.length === others.size && entries.every(([key, value]) => sameItems(value, others.get(key)))
}

/** `onWatched`: somebody begins to watch; what it returns is called when nobody does any more. */
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
