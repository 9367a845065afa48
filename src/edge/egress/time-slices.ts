export interface TimeSlicesOptions {
  /** How long such work may go on before everything else in the process has had its turn, milliseconds. */
  readonly sliceMs: number
  /** Monotonic milliseconds. */
  readonly now: () => number
}

/**
 * For work that takes the event loop and can wait: pages of those who come back. It asks for a turn before each step;
 * all of it together gets one slice of each round of the event loop, by turns, and what is live goes first.
 */
export interface TimeSlices {
  /** Resolves when the next step may be done. */
  turn(): Promise<void>
}

const trimAt = 1_024

export const createTimeSlices = ({ sliceMs, now }: TimeSlicesOptions): TimeSlices => {
  /** From the first on; what was let in stays in front until there is much of it. */
  let waiting: (() => void)[] = []
  let next = 0
  let until = Number.NEGATIVE_INFINITY
  let isDue = false

  const letIn = (): void => {
    const go = waiting[next]
    next += 1
    if (next === waiting.length) {
      waiting = []
      next = 0
    }
    if (next >= trimAt) {
      waiting = waiting.slice(next)
      next = 0
    }
    go?.()
  }

  const begin = (): void => {
    isDue = false
    until = now() + sliceMs
    letIn()
    if (waiting.length > 0) beginLater()
  }

  /** After whatever else this round has, and the next one's input. */
  const beginLater = (): void => {
    if (isDue) return
    isDue = true
    setImmediate(begin)
  }

  return {
    turn: () =>
      new Promise((resolve) => {
        waiting.push(resolve)
        if (now() < until) letIn()
        else beginLater()
      }),
  }
}
