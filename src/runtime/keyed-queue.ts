/**
 * Runs tasks of the same key one after another, in the order of the calls; tasks of different keys do not wait for
 * each other.
 */
export interface Turns {
  run<Result>(key: string, task: () => Promise<Result>): Promise<Result>
  /** Resolves when everything begun so far has ended. */
  idle(): Promise<void>
}

export const createTurns = (): Turns => {
  const tails = new Map<string, Promise<unknown>>()
  return {
    run(key, task) {
      const before = tails.get(key)
      const result = before === undefined ? task() : before.then(task)
      const tail = result.then(
        () => {},
        () => {},
      )
      tails.set(key, tail)
      void tail.then(() => {
        if (tails.get(key) === tail) tails.delete(key)
      })
      return result
    },
    async idle() {
      await Promise.all(tails.values())
    },
  }
}
