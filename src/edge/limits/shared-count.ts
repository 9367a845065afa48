import type { SharedLimits } from '../../ports/shared-limits.ts'

/** How many of something are open, by user or address, here and in other processes. */
export interface SharedCount {
  /** Counts one; answers a function that takes it back. */
  add(whom: string): () => void
  /** As far as is known: other processes report theirs once they have a sixteenth of the cap. */
  has(whom: string): number
  close(): void
}

export interface SharedCountOptions {
  /** The kind that is counted, among all kinds. */
  readonly name: string
  readonly cap: number
  /** Absent where there is one process. */
  readonly others?: Others | undefined
}

export interface Others {
  readonly limits: Pick<SharedLimits, 'hold'>
  /** The name of this process among them. */
  readonly holder: string
}

const ttlMs = 20_000
const refreshMs = 6_000

interface Count {
  here: number
  elsewhere: number
  /** What the others were last told. */
  told: number
  isTelling: boolean
}

export const createSharedCount = ({ name, cap, others }: SharedCountOptions): SharedCount => {
  const counts = new Map<string, Count>()
  const worthTelling = Math.max(1, cap / 16)

  /** What cannot be reported now is reported with the next refresh; until then this process goes by its own count. */
  const tell = async (whom: string, count: Count): Promise<void> => {
    if (others === undefined || count.isTelling) return
    count.isTelling = true
    const { here } = count
    try {
      count.elsewhere = await others.limits.hold(`${name} ${whom}`, others.holder, here, ttlMs)
      count.told = here
    } catch {
      count.elsewhere = 0
    }
    count.isTelling = false
    if (count.here === 0) counts.delete(whom)
    else if (count.here !== here) tellIfMuch(whom, count)
  }

  const tellIfMuch = (whom: string, count: Count): void => {
    if (count.here >= worthTelling || count.told >= worthTelling) void tell(whom, count)
  }

  const countOf = (whom: string): Count => {
    const known = counts.get(whom)
    if (known !== undefined) return known
    const made: Count = { here: 0, elsewhere: 0, told: 0, isTelling: false }
    counts.set(whom, made)
    return made
  }

  const remove = (whom: string, count: Count): void => {
    count.here -= 1
    if (count.here === 0 && count.told < worthTelling && !count.isTelling) counts.delete(whom)
    else tellIfMuch(whom, count)
  }

  const refresh = (): void => {
    for (const [whom, count] of counts) tellIfMuch(whom, count)
  }
  const timer = others === undefined ? undefined : setInterval(refresh, refreshMs).unref()

  return {
    add: (whom) => {
      const count = countOf(whom)
      let isOpen = true
      count.here += 1
      tellIfMuch(whom, count)
      return () => {
        if (isOpen) remove(whom, count)
        isOpen = false
      }
    },
    has: (whom) => {
      const count = counts.get(whom)
      if (count === undefined) return 0
      // Those who exceed the limit because of others may be fewer by now.
      if (count.here < cap && count.here + count.elsewhere >= cap) void tell(whom, count)
      return count.here + count.elsewhere
    },
    close: () => clearInterval(timer),
  }
}
