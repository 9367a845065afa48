/** Time, passed in so that tests own it. */
export interface Clock {
  /** Milliseconds since the Unix epoch, as this device believes: it may be years off, and be set at any moment. */
  now(): number
  /** Milliseconds that only grow, from any beginning, whatever the date becomes. Default: those of the platform. */
  readonly monotonic?: () => number
  /**
   * Calls once after `ms`, never before: what waits for a time looks at `now` then, and nobody wakes it twice. Returns
   * what cancels it.
   */
  after(ms: number, call: () => void): () => void
}

/** The longest delay that setTimeout takes. */
const longest = 2 ** 31 - 1

export const systemClock: Clock = {
  now: () => Date.now(),
  after: (ms, call) => {
    // Platforms count whole milliseconds: a timer is up to one early by a finer clock.
    const timer = setTimeout(call, Math.min(Math.ceil(ms) + 1, longest))
    return () => clearTimeout(timer)
  },
}

/**
 * For deadlines, pauses and rates: begins with the date that the device believes in, and goes on steadily, whoever sets
 * that. All of the SDK measures durations with it; dates are the business of `ServerTime`.
 */
export const steadyClock = (given: Clock): Clock => {
  const monotonic = () => given.monotonic?.() ?? performance.now()
  const offset = given.now() - monotonic()
  return { now: () => offset + monotonic(), after: (ms, call) => given.after(ms, call) }
}

export const sleep = (clock: Clock, ms: number): Promise<void> => new Promise((resolve) => clock.after(ms, resolve))
