export interface FairTurnsOptions {
  /** Run at the same time. */
  readonly atATime: number
  /** May wait for their turn, of one source and of all. */
  readonly waitingOfOne: number
  readonly waiting: number
  /** What somebody is rejected with for whom there is no room. */
  readonly refusal: () => Error
}

/** Who something is done for. Of those for whom there is no room, one that is known is the last to go. */
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
 * Costly work for senders whom nobody knows yet. Sources take turns, so that one that asks a thousand times waits for
 * itself alone; when there is no room left, the one with the most in wait gives way to one with fewer.
 */
export const createFairTurns = ({ atATime, waitingOfOne, waiting, refusal }: FairTurnsOptions) => {
  const queues = new Map<string, Queue>()
  let running = 0
  let total = 0

  /** True when somebody gave way. */
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

  /** The first of the source whose turn it is; the source goes to the end. */
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
