import { setTimeout as sleep } from 'node:timers/promises'
import type { Leases } from '../../ports/leases.ts'

/** Work that runs until it is closed, or fails. */
export interface Work {
  /** Rejects when it failed. */
  readonly failed?: Promise<unknown>
  close(): Promise<void>
}

export interface HoldLeaseDeps {
  readonly leases: Leases
  readonly name: string
  /** The id of this process. */
  readonly holder: string
  readonly start: () => Promise<Work>
  readonly onError: (error: unknown) => void
  /** How long the lease of a dead holder lasts; 5 s if absent. */
  readonly ttlMs?: number
}

export interface HeldLease {
  close(): Promise<void>
}

const defaultTtlMs = 5_000

/**
 * Does the work in one process at a time: the holder of the lease starts it, and stops it on losing the lease. If
 * the work fails, the process gives up the lease and tries again.
 */
export const holdLease = (deps: HoldLeaseDeps): HeldLease => {
  const { leases, name, holder, start, onError, ttlMs = defaultTtlMs } = deps
  const closing = new AbortController()
  let work: Work | undefined
  let broken = false
  let goodUntil = 0

  const pause = (): Promise<unknown> => sleep(ttlMs / 3, undefined, { signal: closing.signal }).catch(() => undefined)

  const renew = async (): Promise<boolean> => {
    const asked = performance.now()
    const held = await leases.hold(name, holder, ttlMs).catch((error: unknown) => {
      onError(error)
      return undefined
    })
    if (held === true) goodUntil = asked + ttlMs
    // The store did not answer: the lease is ours until its time is over.
    return held ?? performance.now() < goodUntil
  }

  const begin = async (): Promise<void> => {
    broken = false
    const started = await start()
    started.failed?.catch((error: unknown) => {
      onError(error)
      broken = true
    })
    work = started
  }

  const end = async (): Promise<void> => {
    const ended = work
    work = undefined
    await ended?.close().catch(onError)
  }

  const turn = async (): Promise<void> => {
    const held = await renew()
    if (work !== undefined && (!held || broken)) await end()
    if (held && work === undefined && !closing.signal.aborted) await begin().catch(onError)
  }

  const run = async (): Promise<void> => {
    while (!closing.signal.aborted) {
      await turn()
      await pause()
    }
    await end()
    await leases.release(name, holder).catch(onError)
  }

  const running = run()
  return {
    close: async () => {
      closing.abort()
      await running
    },
  }
}
