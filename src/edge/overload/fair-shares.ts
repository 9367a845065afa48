/** Tells which users ask for a scarce resource, and how much of it each got lately. */
export interface FairShares {
  /** The user wants some. */
  ask(userId: string): void
  take(userId: string): void
  /**
   * Whether the user has had a fair share when this many are left: what all got and what is left, divided by the
   * users who want some.
   */
  exceeds(userId: string, left: number): boolean
}

const periodMs = 1_000

export const createFairShares = (now: () => number): FairShares => {
  let asking = new Set<string>()
  let askedBefore: ReadonlySet<string> = asking
  /** Users who asked in the period before, and not in this one. */
  let away = 0
  let taken = new Map<string, number>()
  let total = 0
  let since = now()

  const turn = (): void => {
    const at = now()
    if (at - since < periodMs) return
    askedBefore = asking
    asking = new Set()
    away = askedBefore.size
    taken = new Map()
    total = 0
    since = at
  }

  return {
    ask: (userId) => {
      turn()
      if (asking.has(userId)) return
      asking.add(userId)
      if (askedBefore.has(userId)) away -= 1
    },
    take: (userId) => {
      taken.set(userId, (taken.get(userId) ?? 0) + 1)
      total += 1
    },
    exceeds: (userId, left) => (taken.get(userId) ?? 0) >= Math.max(1, (total + left) / (asking.size + away)),
  }
}
