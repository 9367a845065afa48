import type { Clock } from '../time/clock.ts'

export interface DeadlineTimerDeps {
  readonly clock: Clock
  /** Undefined: nothing is waited for. It may move while the timer runs. */
  readonly deadline: () => number | undefined
  readonly onDue: () => void
}

/** One timer that checks the deadline when it fires: frames move the deadline, not the timer. */
export const createDeadlineTimer = ({ clock, deadline, onDue }: DeadlineTimerDeps) => {
  let cancel: (() => void) | undefined
  const watch = () => {
    const due = deadline()
    if (due === undefined || cancel !== undefined) return
    cancel = clock.after(Math.max(0, due - clock.now()), () => {
      cancel = undefined
      const now = deadline()
      if (now !== undefined && now <= clock.now()) onDue()
      watch()
    })
  }
  return {
    watch,
    /** It waits for something else from now on. */
    reset: (): void => {
      cancel?.()
      cancel = undefined
    },
  }
}
