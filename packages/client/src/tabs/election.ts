import { deferred } from '../time/deferred.ts'
import type { TabLocks } from './tab-platform.ts'

export interface Election {
  /** Waits in line, unless it does so already. */
  stand(): void
  /** Leads at once, although another tab holds the lock: that one does not answer. */
  steal(): void
  /** Leads no longer, and does not wait. */
  withdraw(): void
}

export interface ElectionDeps {
  readonly locks: TabLocks
  readonly name: string
  readonly onElected: () => void
  /** Another tab has taken the lock. */
  readonly onLost: () => void
}

/** Which tab leads: whoever holds a lock, which the browser gives back when the tab is gone. */
export const createElection = ({ locks, name, onElected, onLost }: ElectionDeps): Election => {
  let release: (() => void) | undefined
  let waiting: AbortController | undefined

  const request = (options: Parameters<TabLocks['request']>[1]): Promise<void> => {
    const { promise: elected, resolve } = deferred()
    let mine: (() => void) | undefined
    const held = () =>
      new Promise<void>((end) => {
        release = mine = end
        waiting = undefined
        resolve()
        onElected()
      })
    const over = () => {
      resolve()
      if (mine === undefined || release !== mine) return
      release = undefined
      onLost()
    }
    locks.request(name, options, held).then(over, over)
    return elected
  }
  const withdraw = () => {
    waiting?.abort()
    const end = release
    waiting = release = undefined
    end?.()
  }
  return {
    withdraw,
    stand: () => {
      if (release !== undefined || waiting !== undefined) return
      waiting = new AbortController()
      void request({ signal: waiting.signal })
    },
    steal: () => {
      // One at a time: the others hear of the new leader first.
      void locks.request(`${name} steal`, { ifAvailable: true }, (lock) => {
        if (lock === null || release !== undefined) return undefined
        waiting?.abort()
        waiting = undefined
        return request({ steal: true })
      })
    },
  }
}
