import { BackscrollError } from '../errors/backscroll-error.ts'

/** The part of the Web Locks API that is used: of a tab, a worker, or Node. */
export interface Locks {
  request(
    name: string,
    options: { readonly ifAvailable: true },
    held: (lock: object | null) => Promise<void> | undefined,
  ): Promise<unknown>
}

/** Where there are none, nothing is locked. */
export const browserLocks = (): Locks | undefined =>
  typeof navigator === 'object' && 'locks' in navigator ? (navigator.locks as Locks) : undefined

/**
 * Held until it is given back, or the tab is gone. Two tabs over one store would use a key twice: the second is
 * refused with `store_in_use`.
 */
export const holdLock = (locks: Locks | undefined, name: string): Promise<() => void> => {
  if (locks === undefined) return Promise.resolve(() => {})
  return new Promise((resolve, reject) => {
    const held = (lock: object | null) => {
      if (lock === null) return void reject(new BackscrollError('store_in_use'))
      return new Promise<void>((release) => resolve(release))
    }
    locks.request(name, { ifAvailable: true }, (lock) => held(lock) ?? undefined).catch(reject)
  })
}
