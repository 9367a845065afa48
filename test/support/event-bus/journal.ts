import type { BusSlice, SliceConsumer } from '../../../src/ports/event-bus.ts'

/** What a member does with a slice before it counts as taken. */
export type Behaviour = (slice: BusSlice) => Promise<void> | void

export interface BusMember {
  readonly open: (partition: number) => Promise<SliceConsumer>
  readonly onError: (error: unknown) => void
  readonly errors: unknown[]
}

/** What happened to the members of one group, in order. */
export interface BusJournal {
  member(name: string, behaviour?: Behaviour): BusMember
  /** Slices taken, of all members, in the order in which it was done with. */
  readonly taken: BusSlice[]
  takenOf(partition: number): readonly BusSlice[]
  /** Partition and holder, of what is open now. */
  readonly holders: ReadonlyMap<number, string>
  /** Every time a partition was opened, as `<member>/<partition>`. */
  readonly opened: string[]
  /** What must not happen: a partition open twice, two slices at once, a slice for what is closed. */
  readonly faults: string[]
  /** Resolves when the condition holds. */
  until(condition: () => boolean): Promise<void>
}

export const createBusJournal = (): BusJournal => {
  const taken: BusSlice[] = []
  const holders = new Map<number, string>()
  const opened: string[] = []
  const faults: string[] = []
  const waiting = new Set<() => void>()

  const changed = () => {
    for (const check of waiting) check()
  }

  const consumer = (name: string, partition: number, behaviour: Behaviour): SliceConsumer => {
    const where = `${name}/${partition}`
    let closed = false
    let taking = 0
    return {
      take: async (slice) => {
        if (closed || slice.partition !== partition) faults.push(`${where} was handed what is not its own`)
        taking += 1
        if (taking > 1) faults.push(`${where} was handed two slices at once`)
        try {
          await behaviour(slice)
          taken.push(slice)
        } finally {
          taking -= 1
          changed()
        }
      },
      close: async () => {
        if (closed) faults.push(`${where} was closed twice`)
        closed = true
        holders.delete(partition)
        changed()
      },
    }
  }

  return {
    taken,
    holders,
    opened,
    faults,
    takenOf: (partition) => taken.filter((slice) => slice.partition === partition),
    member: (name, behaviour = () => {}) => {
      const errors: unknown[] = []
      return {
        errors,
        onError: (error) => {
          errors.push(error)
          changed()
        },
        open: async (partition) => {
          if (holders.has(partition)) faults.push(`${name} opened ${partition}, which ${holders.get(partition)} holds`)
          holders.set(partition, name)
          opened.push(`${name}/${partition}`)
          changed()
          return consumer(name, partition, behaviour)
        },
      }
    },
    until: (condition) =>
      new Promise((resolve) => {
        const check = () => {
          if (!condition()) return
          waiting.delete(check)
          resolve()
        }
        waiting.add(check)
        check()
      }),
  }
}
