import { ProtocolError } from '@backscroll/protocol/errors'

export interface FairQueueOptions {
  /** How many may be inside at once, of all users and of one. */
  readonly places: number
  readonly placesOfUser: number
  /** How many of one user may wait. */
  readonly waitingOfUser: number
  /** How long anybody waits, in milliseconds. */
  readonly patienceMs: number
  /** A caller that was admitted begins with this. Default: at once. */
  readonly turn?: () => Promise<void>
}

/** The queue before pages: a client gives up after 15 seconds. */
export const readLine = { waitingOfUser: 16, patienceMs: 10_000 } as const

/**
 * A queue before work that takes memory. Users are admitted in turn, however many requests each has in the queue. A
 * request too many of one user gets `too_many_in_flight`, one that has waited too long `unavailable`; both are
 * temporary.
 */
export interface FairQueue {
  /** Resolves with a function that leaves, which may be called twice. */
  enter(userId: string): Promise<() => void>
  /** How many wait, of all users. */
  waiting(): number
}

type Waiter = (leave: () => void) => void

export const createFairQueue = (options: FairQueueOptions): FairQueue => {
  const { places, placesOfUser, waitingOfUser, patienceMs, turn = async () => {} } = options
  const inside = new Map<string, number>()
  /** In the order of turns. */
  const lines = new Map<string, Set<Waiter>>()
  let taken = 0

  const of = (userId: string): number => inside.get(userId) ?? 0

  const admit = (userId: string): (() => void) => {
    let left = false
    taken += 1
    inside.set(userId, of(userId) + 1)
    return () => {
      if (left) return
      left = true
      taken -= 1
      if (of(userId) > 1) inside.set(userId, of(userId) - 1)
      else inside.delete(userId)
      next()
    }
  }

  /** The user goes to the end of the turns. */
  const takeFirst = (userId: string, line: Set<Waiter>): void => {
    const [first] = line
    lines.delete(userId)
    if (first === undefined) return
    line.delete(first)
    if (line.size > 0) lines.set(userId, line)
    first(admit(userId))
  }

  const next = (): void => {
    for (const [userId, line] of lines) {
      if (taken >= places) return
      if (of(userId) < placesOfUser) takeFirst(userId, line)
    }
  }

  const wait = (userId: string): Promise<() => void> =>
    new Promise((resolve, reject) => {
      const line = lines.get(userId) ?? new Set()
      const give = (leave: () => void): void => {
        clearTimeout(timer)
        resolve(leave)
      }
      const timer = setTimeout(() => {
        line.delete(give)
        if (line.size === 0 && lines.get(userId) === line) lines.delete(userId)
        reject(new ProtocolError('unavailable', 'Too many reads at once', { retryAfterMs: 2_000 }))
      }, patienceMs)
      lines.set(userId, line.add(give))
    })

  const comeIn = async (userId: string): Promise<() => void> => {
    if (taken < places && of(userId) < placesOfUser && !lines.has(userId)) return admit(userId)
    if ((lines.get(userId)?.size ?? 0) >= waitingOfUser)
      throw new ProtocolError('too_many_in_flight', undefined, { retryAfterMs: 1_000 })
    return wait(userId)
  }

  return {
    enter: async (userId) => {
      const leave = await comeIn(userId)
      await turn()
      return leave
    },
    waiting: () => [...lines.values()].reduce((sum, line) => sum + line.size, 0),
  }
}
