export interface DateGuardDeps {
  /** Milliseconds since the Unix epoch. */
  readonly date: () => number
  /** Milliseconds that only grow. */
  readonly elapsed: () => number
  /** The date has jumped ahead by this many milliseconds. */
  readonly onJump?: (aheadMs: number) => void
}

/**
 * Guards decisions that a date makes for good. A date that suddenly is far ahead may be wrong, and what it deletes
 * does not come back when the date is corrected. A jump counts after an hour in which nobody has corrected it.
 */
export interface DateGuard {
  /**
   * Whether the date may decide now. Must be called now and then: a jump shows against the time that has passed
   * since.
   */
  isSure(): boolean
}

const jumpMs = 10 * 60_000
const patienceMs = 60 * 60_000

export const createDateGuard = ({ date, elapsed, onJump }: DateGuardDeps): DateGuard => {
  const apart = () => date() - elapsed()
  /** How far the two clocks are apart while the date is believed. */
  let believed = apart()
  let doubtedAt: number | undefined
  return {
    isSure: () => {
      const ahead = apart() - believed
      if (ahead <= jumpMs) {
        // A small step, or one back, also sets the date as it is now.
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
