export interface LoopDelay {
  /** Timers were late at every look for a long time: there is always more to do than there is time. */
  isLate(): boolean
  close(): void
}

export interface LoopDelayOptions {
  /** This late counts. */
  readonly limitMs: number
  /** Milliseconds of a monotonic clock. */
  readonly now: () => number
}

const sampleMs = 100
/** One long turn is not an overload, nor are a few. */
const standingMs = 2_000

/** How late timers are in this process. */
export const watchLoopDelay = ({ limitMs, now }: LoopDelayOptions): LoopDelay => {
  let before = now()
  let lateSince: number | undefined
  const timer = setInterval(() => {
    const at = now()
    const isLate = at - before - sampleMs >= limitMs
    lateSince = isLate ? (lateSince ?? before) : undefined
    before = at
  }, sampleMs).unref()
  return {
    isLate: () => lateSince !== undefined && before - lateSince >= standingMs,
    close: () => clearInterval(timer),
  }
}
