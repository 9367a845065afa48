/** Time, passed in so that tests own it. */
export interface Clock {
  /** Milliseconds since the Unix epoch. */
  now(): number
  /** Calls once after `ms`; returns what cancels it. */
  after(ms: number, call: () => void): () => void
}

/** The longest delay that setTimeout takes. */
const longest = 2 ** 31 - 1

export const systemClock: Clock = {
  now: () => Date.now(),
  after: (ms, call) => {
    const timer = setTimeout(call, Math.min(ms, longest))
    return () => clearTimeout(timer)
  },
}

export const sleep = (clock: Clock, ms: number): Promise<void> => new Promise((resolve) => clock.after(ms, resolve))
