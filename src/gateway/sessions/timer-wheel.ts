/**
 * One timer for all sessions: entries wait in buckets of `tickMs`, so an idle connection costs a place in a set and
 * no timer of its own. An entry is due at most one tick late, never early.
 */
export interface WheelEntry {
  /** The bucket it waits in. */
  slot: number | undefined
  /** Called when due; returns the milliseconds until it is due again, or undefined. */
  due(now: number): number | undefined
}

export interface TimerWheel {
  schedule(entry: WheelEntry, delayMs: number): void
  cancel(entry: WheelEntry): void
  /** Calls everything that is due. Called by the wheel's own timer; public for tests. */
  advance(): void
  start(): void
  stop(): void
}

export const createTimerWheel = (options: { readonly tickMs: number; readonly now: () => number }): TimerWheel => {
  const { tickMs, now } = options
  const buckets = new Map<number, Set<WheelEntry>>()
  let reached = Math.floor(now() / tickMs)
  let timer: NodeJS.Timeout | undefined

  const cancel = (entry: WheelEntry): void => {
    if (entry.slot === undefined) return
    const bucket = buckets.get(entry.slot)
    bucket?.delete(entry)
    if (bucket?.size === 0) buckets.delete(entry.slot)
    entry.slot = undefined
  }

  const schedule = (entry: WheelEntry, delayMs: number): void => {
    cancel(entry)
    const slot = Math.max(reached + 1, Math.ceil((now() + delayMs) / tickMs))
    const bucket = buckets.get(slot) ?? new Set()
    buckets.set(slot, bucket.add(entry))
    entry.slot = slot
  }

  const fire = (entry: WheelEntry): void => {
    entry.slot = undefined
    const again = entry.due(now())
    if (again !== undefined && entry.slot === undefined) schedule(entry, again)
  }

  const advance = (): void => {
    const target = Math.floor(now() / tickMs)
    for (; reached < target; ) {
      reached += 1
      const bucket = buckets.get(reached)
      buckets.delete(reached)
      for (const entry of bucket ?? []) if (entry.slot === reached) fire(entry)
    }
  }

  return {
    schedule,
    cancel,
    advance,
    start: () => {
      timer ??= setInterval(advance, tickMs).unref()
    },
    stop: () => {
      clearInterval(timer)
      timer = undefined
    },
  }
}
