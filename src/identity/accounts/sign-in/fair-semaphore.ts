export interface FairTurnsOptions {
  /** How many run at the same time. */
  readonly atATime: number
  /** How many may wait for their turn, for one source and for all. */
  readonly waitingOfOne: number
  readonly waiting: number
  /** The rejection when there is no room. */
  readonly refusal: () => Error
}

/** For whom the work is done. When room is short, a known source is the last to give way. */
export interface Source {
  readonly name: string
  readonly known: boolean
}

interface Waiter {
  readonly go: () => void
  readonly refuse: () => void
}

interface Queue {
  readonly known: boolean
  readonly waiters: Waiter[]
}

const worst = (queues: ReadonlyMap<string, Queue>): readonly [string, Queue] | undefined =>
  [...queues].sort(([, a], [, b]) => Number(a.known) - Number(b.known) || b.waiters.length - a.waiters.length)[0]

/**
 * Expensive work for senders whom nobody knows yet. Sources take turns, so that one that asks a thousand times
 * delays only itself. When there is no room left, the source with the most waiting tasks gives way to one with
 * fewer.
 */
export const createFairTurns = ({ atATime, waitingOfOne, waiting, refusal }: FairTurnsOptions) => {
  const queues = new Map<string, Queue>()
  let running = 0
  let total = 0

  /** True when a task gave way. */
  const makeRoom = (own: Queue | undefined, { known }: Source): boolean => {
    const [name, queue] = worst(queues) ?? []
    if (name === undefined || queue === undefined) return false
    const betterKnown = known && !queue.known
    if (queue === own || (!betterKnown && queue.waiters.length <= (own?.waiters.length ?? 0) + 1)) return false
    queue.waiters.pop()?.refuse()
    total -= 1
    if (queue.waiters.length === 0) queues.delete(name)
    return true
  }

  const wait = (source: Source): Promise<void> => {
    const own = queues.get(source.name)
    if ((own?.waiters.length ?? 0) >= waitingOfOne) return Promise.reject(refusal())
    if (total >= waiting && !makeRoom(own, source)) return Promise.reject(refusal())
    return new Promise<void>((resolve, reject) => {
      const queue = own ?? { known: source.known, waiters: [] }
      queue.waiters.push({ go: resolve, refuse: () => reject(refusal()) })
      queues.set(source.name, queue)
      total += 1
    })
  }

  /** The first task of the source whose turn it is; the source goes to the end. */
  const next = (): Waiter | undefined => {
    const [name, queue] = queues.entries().next().value ?? []
    if (name === undefined || queue === undefined) return undefined
    queues.delete(name)
    const waiter = queue.waiters.shift()
    if (queue.waiters.length > 0) queues.set(name, queue)
    total -= 1
    return waiter
  }

  const end = (): void => {
    const waiter = next()
    if (waiter === undefined) running -= 1
    else waiter.go()
  }

  return async <Result>(source: Source, work: () => Promise<Result>): Promise<Result> => {
    if (running < atATime) running += 1
    else await wait(source)
    try {
      return await work()
    } finally {
      end()
    }
  }
}
