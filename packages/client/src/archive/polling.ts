import type { Clock } from '../time/clock.ts'

export interface PollingDeps {
  readonly clock: Clock
  readonly isClosed: () => boolean
  /** Milliseconds between two steps: more each time, up to `most`. */
  readonly least: number
  readonly most: number
  /** True when there is nothing more to do. */
  readonly step: () => Promise<boolean>
  /** While this grows, steps follow fast. */
  readonly progress: () => number
}

/** Repeats a step until it is done. Starting again while it runs is not lost, even at its end. */
export const createPolling = ({ clock, isClosed, least, most, step, progress }: PollingDeps) => {
  let isRunning = false
  let isAsked = false
  let pause = least
  let cancel = () => {}

  const run = async () => {
    for (let before = progress(); !isClosed(); before = progress()) {
      isAsked = false
      const isDone = await step()
      if (isDone && !isAsked) return
      pause = progress() > before ? least : Math.min(most, pause * 2)
      await new Promise<void>((resolve) => {
        cancel = clock.after(pause, resolve)
      })
    }
  }
  return {
    start: (): void => {
      pause = least
      isAsked = true
      if (isRunning) return
      isRunning = true
      void run().finally(() => {
        isRunning = false
      })
    },
    stop: () => cancel(),
  }
}
