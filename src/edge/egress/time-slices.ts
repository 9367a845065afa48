export interface TimeSlicesOptions {
  /** How long such work may go on before everything else in the process has had its turn, in milliseconds. */
  readonly sliceMs: number
  /** Milliseconds of a monotonic clock. */
  readonly now: () => number
}

/**
 * For work that occupies the event loop and can wait: pages of devices that come back. It asks for a turn before
 * each step. All of it together gets one slice of each round of the event loop, in turn, and live traffic goes
 * first.
 */
export interface TimeSlices {
  /** Resolves when the next step may be done. */
  turn(): Promise<void>
}

const trimAt = 1_024

export const createTimeSlices = ({ sliceMs, now }: TimeSlicesOptions): TimeSlices => {
  /** From the first one on; admitted entries stay in front until there are many of them. */
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
