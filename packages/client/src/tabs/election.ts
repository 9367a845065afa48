import { deferred } from '../time/deferred.ts'
import type { TabLocks } from './tab-platform.ts'

export interface Election {
  /** Joins the queue for the lock, unless this tab is in it already. */
  stand(): void
  /** Takes the lock from a tab that holds it but does not answer. */
  steal(): void
  /** Gives up the lock, or leaves the queue. */
  withdraw(): void
}

export interface ElectionDeps {
  readonly locks: TabLocks
  readonly name: string
  readonly onElected: () => void
  /** Another tab has stolen the lock. */
  readonly onLost: () => void
}

/** Elects the leading tab: the one that holds a Web Lock. The browser releases the lock when that tab is gone. */
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
      // Only one tab steals at a time, so that the others hear of the new leader before they try too.
      void locks.request(`${name} steal`, { ifAvailable: true }, (lock) => {
        if (lock === null || release !== undefined) return undefined
        waiting?.abort()
        waiting = undefined
        return request({ steal: true })
      })
    },
  }
}
