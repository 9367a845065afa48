import { Counter, type Registry } from '@prometheus-io/client'

interface TallyOptions {
  readonly name: string
  readonly help: string
  readonly registers: Registry[]
}

/**
 * A counter for something that happens with every message: adds to a plain number, and tells the registry when that
 * is read.
 */
export interface Tally {
  inc(count?: number): void
}

const counting = (): { readonly tally: Tally; take(): number } => {
  let pending = 0
  const tally: Tally = {
    inc: (count = 1) => {
      pending += count
    },
  }
  const take = (): number => {
    const taken = pending
    pending = 0
    return taken
  }
  return { tally, take }
}

export const createTally = (options: TallyOptions): Tally => {
  const { tally, take } = counting()
  const counter: Counter = new Counter({ ...options, collect: () => counter.inc(take()) })
  return tally
}

/** One tally for each combination of two labels. Look each up once and keep it. */
export const createTallies = <First extends string, Second extends string>(
  options: TallyOptions & { readonly labelNames: readonly [First, Second] },
): ((first: string, second: string) => Tally) => {
  const [firstName, secondName] = options.labelNames
  const flushes: (() => void)[] = []
  const counter: Counter<First | Second> = new Counter({
    ...options,
    labelNames: [firstName, secondName],
    collect: () => {
      for (const flush of flushes) flush()
    },
  })
  return (first, second) => {
    const { tally, take } = counting()
    const child = counter.labels(first, second)
    flushes.push(() => child.inc(take()))
    return tally
  }
}
