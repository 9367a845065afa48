/** Time, passed in so that tests own it. */
export interface Clock {
  /** Milliseconds since the Unix epoch by this device's date, which may be years off, and be set at any moment. */
  now(): number
  /** Milliseconds that only grow, from any beginning, whatever happens to the date. Default: the platform's. */
  readonly monotonic?: () => number
  /**
   * Calls once after `ms`, never before: its callers look at `now` then, and nothing calls them twice. Returns a
   * function that cancels it.
   */
  after(ms: number, call: () => void): () => void
}

/** The longest delay that setTimeout takes. */
const longest = 2 ** 31 - 1

export const systemClock: Clock = {
  now: () => Date.now(),
  after: (ms, call) => {
    // Platforms count whole milliseconds: by a finer clock a timer may be up to one early.
    const timer = setTimeout(call, Math.min(Math.ceil(ms) + 1, longest))
    return () => clearTimeout(timer)
  },
}

/**
 * For deadlines, pauses and rates: begins with the device's date, and goes on steadily, whoever sets that. The
 * whole SDK measures durations with it; `ServerTime` provides dates.
 */
export const steadyClock = (given: Clock): Clock => {
  const monotonic = () => given.monotonic?.() ?? performance.now()
  const offset = given.now() - monotonic()
  return { now: () => offset + monotonic(), after: (ms, call) => given.after(ms, call) }
}

export const sleep = (clock: Clock, ms: number): Promise<void> => new Promise((resolve) => clock.after(ms, resolve))
