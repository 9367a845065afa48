import { setTimeout as sleep } from 'node:timers/promises'
import { ProtocolError } from '@backscroll/protocol/errors'
import type { Leases } from '../ports/leases.ts'

/**
 * One request at a time for each upload. A connection may be dead without anybody knowing: who comes next asks the holder to
 * stop, and waits. Several processes agree by leases; the record of an upload stays right even if a lease is lost, because it
 * moves only from the very byte that it was at.
 */
export interface UploadLocks {
  /** `stop` is called once when somebody else wants it. Rejects with `upload_locked` when the holder does not let go. */
  lock(id: string, stop: () => void, signal?: AbortSignal): Promise<() => Promise<void>>
}

export interface UploadLocksDeps {
  /** Absent where there is one process. */
  readonly leases?: Leases | undefined
  /** The id of this process. */
  readonly holder: string
  /** How long to wait for another holder. Default 15 s: longer than a lease of a process that died. */
  readonly patienceMs?: number
}

const leaseMs = 9_000
const renewMs = 2_000
const lookMs = 50

interface Held {
  stop(): void
  readonly over: Promise<void>
}

const locked = () => new ProtocolError('upload_locked', undefined, { retryAfterMs: 1_000 })

/** The lease of one upload, and a second one by which others say that they want it. */
const createLeased = ({ leases, holder }: UploadLocksDeps) => {
  if (leases === undefined) return undefined
  const nameOf = (id: string): string => `media/${id}`
  const wantedOf = (id: string): string => `media/${id}/wanted`

  const renew = async (id: string, stop: () => void): Promise<void> => {
    await leases.hold(nameOf(id), holder, leaseMs)
    // Nobody else wants it while we may have it.
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
      const timer = setInterval(() => void renew(id, stop).catch(() => undefined), renewMs).unref()
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

  /** In this process. Between the last look and the taking nobody else comes. */
  const turn = async (id: string, stop: () => void, until: number, signal?: AbortSignal): Promise<() => void> => {
    for (let other = held.get(id); other !== undefined; other = held.get(id)) {
      other.stop()
      if (performance.now() > until || signal?.aborted === true) throw locked()
      await Promise.race([other.over, sleep(lookMs)])
    }
    return hold(id, stop)
  }

  return {
    lock: async (id, stop, signal) => {
      const until = performance.now() + patienceMs
      const release = await turn(id, stop, until, signal)
      try {
        await leased?.take(id, until)
      } catch (error) {
        release()
        throw error
      }
      const leave = leased?.keep(id, stop)
      return async () => {
        await leave?.().catch(() => undefined)
        release()
      }
    },
  }
}
