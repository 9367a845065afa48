import { setTimeout as sleep } from 'node:timers/promises'
import { ProtocolError } from '@backscroll/protocol/errors'
import type { Leases } from '../ports/leases.ts'

/**
 * Ensures that one request at a time writes to an upload. A connection may be dead without anybody noticing, so a
 * new request asks the holder to stop, and waits. Processes coordinate by leases. An upload's record stays correct
 * even if a lease is lost, because it only advances from the exact byte that it was at.
 */
export interface UploadLocks {
  /**
   * Calls `stop` once when another request wants the upload. Rejects with `upload_locked` if the holder does not
   * stop in time.
   */
  lock(id: string, stop: () => void, signal?: AbortSignal): Promise<() => Promise<void>>
}

export interface UploadLocksDeps {
  /** Undefined in a deployment with one process. */
  readonly leases?: Leases | undefined
  /** The id of this process. */
  readonly holder: string
  /**
   * How long to wait for another holder, in milliseconds. Default 15 s, which is longer than the lease of a dead
   * process lasts.
   */
  readonly patienceMs?: number
  /** A lease could not be renewed or released. Another process may take the upload over when it has run out. */
  readonly onLeaseTrouble: (error: unknown) => void
}

const leaseMs = 9_000
const renewMs = 2_000
const pollMs = 50

interface Held {
  stop(): void
  readonly over: Promise<void>
}

const locked = () => new ProtocolError('upload_locked', undefined, { retryAfterMs: 1_000 })

/** The lease of one upload, and a second lease that signals that another process wants it. */
const createLeased = ({ leases, holder, onLeaseTrouble }: UploadLocksDeps) => {
  if (leases === undefined) return undefined
  const nameOf = (id: string): string => `media/${id}`
  const wantedOf = (id: string): string => `media/${id}/wanted`

  const renew = async (id: string, stop: () => void): Promise<void> => {
    await leases.hold(nameOf(id), holder, leaseMs)
    // True while no other process wants the upload.
    if (await leases.hold(wantedOf(id), holder, 1)) return
    stop()
  }

  return {
    take: async (id: string, until: number): Promise<void> => {
      while (!(await leases.hold(nameOf(id), holder, leaseMs))) {
        if (performance.now() > until) throw locked()
        await leases.hold(wantedOf(id), holder, 3 * renewMs)
        await sleep(renewMs / 4)
      }
      await leases.release(wantedOf(id), holder)
    },
    keep: (id: string, stop: () => void): (() => Promise<void>) => {
      const timer = setInterval(() => void renew(id, stop).catch(onLeaseTrouble), renewMs).unref()
      return async () => {
        clearInterval(timer)
        await leases.release(nameOf(id), holder)
      }
    },
  }
}

export const createUploadLocks = (deps: UploadLocksDeps): UploadLocks => {
  const { patienceMs = 15_000 } = deps
  const held = new Map<string, Held>()
  const leased = createLeased(deps)

  const hold = (id: string, stop: () => void): (() => void) => {
    const { promise: over, resolve } = Promise.withResolvers<void>()
    held.set(id, { stop, over })
    return () => {
      held.delete(id)
      resolve()
    }
  }

  /** Waits for the turn within this process. No other request can come between the last check and taking the lock. */
  const waitForTurn = async (
    id: string,
    stop: () => void,
    until: number,
    signal?: AbortSignal,
  ): Promise<() => void> => {
    for (let other = held.get(id); other !== undefined; other = held.get(id)) {
      other.stop()
      if (performance.now() > until || signal?.aborted === true) throw locked()
      await Promise.race([other.over, sleep(pollMs)])
    }
    return hold(id, stop)
  }

  return {
    lock: async (id, stop, signal) => {
      const until = performance.now() + patienceMs
      const release = await waitForTurn(id, stop, until, signal)
      try {
        await leased?.take(id, until)
      } catch (error) {
        release()
        throw error
      }
      const leave = leased?.keep(id, stop)
      return async () => {
        await leave?.().catch(deps.onLeaseTrouble)
        release()
      }
    },
  }
}
