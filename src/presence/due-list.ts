/** Keys in the order in which they are due, each after the same time. */
export interface DueList {
  /** Due after the time, counted from now; whatever was put before counts no more. */
  put(key: string, now: number): void
  delete(key: string): void
  /** The first of those that are due. They stay until they are put anew or deleted. */
  due(now: number, count: number): readonly string[]
}

export const createDueList = (everyMs: number): DueList => {
  const times = new Map<string, number>()
  return {
    put: (key: string, now: number): void => {
      times.delete(key)
      times.set(key, now + everyMs)
    },
    delete: (key: string): void => void times.delete(key),
    due: (now: number, count: number): readonly string[] => {
      const taken: string[] = []
      for (const [key, at] of times) {
        if (at > now || taken.length >= count) break
        taken.push(key)
      }
      return taken
    },
  }
}
