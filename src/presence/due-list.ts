/** Keys ordered by due time. Every key is due the same period after it was put. */
export interface DueList {
  /** Makes the key due one period from now. This replaces its earlier due time. */
  put(key: string, now: number): void
  delete(key: string): void
  /** The first `count` due keys. They stay due until they are put again or deleted. */
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
