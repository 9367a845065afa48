import { BackscrollError } from '../errors/backscroll-error.ts'
import type { Clock } from '../time/clock.ts'
import type { ConnectionState } from './connection-state.ts'
import { waitReasons } from './state-reasons.ts'

/** How long a start waits for a server that restarts, or a network that comes back. */
const patienceMs = 10_000

interface Waiter {
  readonly resolve: () => void
  readonly reject: (error: BackscrollError) => void
}

/** Why an attempt to begin has failed; undefined while one is in progress. */
const failureIn = (state: ConnectionState): BackscrollError | undefined => {
  if (state.name === 'enrolling') return state.error
  if (state.name !== 'waiting') return undefined
  return state.error ?? new BackscrollError('unavailable', { message: waitReasons[state.reason] })
}

const stopped = ({ reason, error }: Extract<ConnectionState, { name: 'stopped' }>): BackscrollError => {
  const message = error === undefined ? reason : `${reason}: ${error.message}`
  return new BackscrollError('stopped', { message, details: { reason }, cause: error })
}

export interface WhenLive {
  wait(): Promise<void>
  /** The application knows of it by now. */
  changed(state: ConnectionState): void
}

/**
 * Resolves when the connection is live. Rejects with `stopped` once it has ended. If it has not been live since the
 * start, rejects with the last error as soon as everything has failed for ten seconds; the client keeps trying, and
 * may be asked again. Once it was live, a caller waits as long as an outage takes. A client that is not started yet
 * may still be.
 */
export const createWhenLive = (clock: Clock): WhenLive => {
  const waiters = new Set<Waiter>()
  let state: ConnectionState | undefined
  let wasLive = false
  let failure: BackscrollError | undefined
  let cancel: (() => void) | undefined
  let isPatient = true

  const release = (tell: (waiter: Waiter) => void) => {
    for (const waiter of waiters) tell(waiter)
    waiters.clear()
  }
  const calm = () => {
    cancel?.()
    cancel = failure = undefined
    isPatient = true
  }
  const rejectAll = (error: BackscrollError) => release(({ reject }) => reject(error))
  const runOut = () => {
    isPatient = false
    if (failure !== undefined) rejectAll(failure)
  }
  const failed = (error: BackscrollError) => {
    failure = error
    if (!isPatient) rejectAll(error)
    else cancel ??= clock.after(patienceMs, runOut)
  }
  const changed = (next: ConnectionState) => {
    state = next
    if (next.name === 'live') wasLive = true
    else if (next.name === 'stopped') wasLive = false
    const why = failureIn(next)
    if (why !== undefined) return wasLive ? undefined : failed(why)
    if (['live', 'stopped', 'awaiting_approval', 'enrolling'].includes(next.name)) calm()
    if (next.name === 'live') release(({ resolve }) => resolve())
    if (next.name === 'stopped') rejectAll(stopped(next))
  }

  return {
    changed,
    wait: () =>
      new Promise((resolve, reject) => {
        if (state?.name === 'live') resolve()
        else if (state?.name === 'stopped') reject(stopped(state))
        else waiters.add({ resolve, reject })
      }),
  }
}
