/** Bounds what is in flight, so that an attempt's time does not run out while it waits for its turn on the connection. */
export interface InFlight {
  /** Runs `task`, of `size` characters, when there is room for it; in the order of the calls. */
  run<Result>(size: number, task: () => Promise<Result>): Promise<Result>
}

/** Characters in flight, and what the smallest task counts for: 256 of them at a time. */
const capacity = 8 * 1024 * 1024
const smallest = 32 * 1024

export const createInFlight = (): InFlight => {
  const waiting: { readonly weight: number; readonly begin: () => void }[] = []
  let used = 0

  const admit = (): void => {
    for (let next = waiting[0]; next !== undefined && used + next.weight <= capacity; next = waiting[0]) {
      waiting.shift()
      used += next.weight
      next.begin()
    }
  }

  return {
    async run(size, task) {
      const weight = Math.min(Math.max(size, smallest), capacity)
      const { promise, resolve } = Promise.withResolvers<void>()
      waiting.push({ weight, begin: resolve })
      admit()
      await promise
      try {
        return await task()
      } finally {
        used -= weight
        admit()
      }
    },
  }
}
