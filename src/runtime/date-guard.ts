export interface DateGuardDeps {
  /** Milliseconds since the Unix epoch. */
  readonly date: () => number
  /** Milliseconds that only grow. */
  readonly elapsed: () => number
  /** The date has run ahead by so many milliseconds. */
  readonly onJump?: (aheadMs: number) => void
}

/**
 * Stands before what a date decides for good: a date that suddenly is far ahead may be wrong, and what is deleted by it
 * does not come back when it is set right. A jump counts after an hour in which nobody has set it back.
 */
export interface DateGuard {
  /** Whether the date may decide now. To be asked now and then: a jump is seen against the time that has passed since. */
  isSure(): boolean
}

const jumpMs = 10 * 60_000
const patienceMs = 60 * 60_000

export const createDateGuard = ({ date, elapsed, onJump }: DateGuardDeps): DateGuard => {
  const apart = () => date() - elapsed()
  /** How far the two are apart while the date is believed. */
  let believed = apart()
  let doubtedAt: number | undefined
  return {
    isSure: () => {
      const ahead = apart() - believed
      if (ahead <= jumpMs) {
        // Also a small step, or one back, is where the date is now.
        believed = doubtedAt === undefined || ahead < 0 ? apart() : believed
        doubtedAt = undefined
        return true
      }
      if (doubtedAt === undefined) onJump?.(ahead)
      doubtedAt ??= elapsed()
      if (elapsed() - doubtedAt < patienceMs) return false
      believed = apart()
      doubtedAt = undefined
      return true
    },
  }
}
