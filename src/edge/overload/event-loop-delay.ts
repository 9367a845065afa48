export interface LoopDelay {
  /** What is due has been late for long, each time that was looked: there always is more to do than there is time. */
  isLate(): boolean
  close(): void
}

export interface LoopDelayOptions {
  /** So late counts. */
  readonly limitMs: number
  /** Monotonic milliseconds. */
  readonly now: () => number
}

const sampleMs = 100
/** One long turn is no overload, nor are some. */
const standingMs = 2_000

/** How long what is due waits for its turn in this process. */
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
