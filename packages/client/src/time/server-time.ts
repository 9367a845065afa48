import type { Clock } from './clock.ts'

/**
 * Dates, as the server counts them: when tokens end, from when to when key packages are good, what has expired. A
 * device's own date may be years off, so the server's is taken, which it tells with every answer; a server that lies
 * about it is held by the device's own where that costs nobody anything.
 */
export interface ServerTime {
  /** Milliseconds since the Unix epoch: the server's time, or what it is by the last difference that was known. */
  now(): number
  /** The server has told its time since this client began. */
  isTold(): boolean
  told(serverTime: number): void
  /** Nothing is lost for good before both dates say so: neither a wrong date here nor a lying server makes a device forget. */
  earliest(): number
  /** What others have made is not good any more from the earlier date on: a lying server revives nothing that has expired for long. */
  latest(): number
  /** By how much the device's own date is ahead, milliseconds; negative: behind. */
  ahead(): number
}

export interface ServerTimeDeps {
  /** The device's date. */
  readonly date: () => number
  /** Goes on steadily. */
  readonly steady: Clock
  /** The server's date less the device's, when it was told before this start. */
  readonly difference?: number | undefined
  readonly onDifference?: (difference: number) => void
}

/** By so much a device's date may be ahead, and everything goes on: key packages live for months. */
export const toleranceMs = 7 * 86_400_000
/** What is told was on its way for a while. */
const roughMs = 2_000
/** A difference that is worth storing. */
const worthMs = 60_000

export const createServerTime = (deps: ServerTimeDeps): ServerTime => {
  const { date, steady } = deps
  let difference = deps.difference ?? 0
  /** The server's time less that of the steady clock. */
  let offset: number | undefined
  const now = () => Math.round(offset === undefined ? date() + difference : offset + steady.now())

  const noteDifference = () => {
    const found = now() - date()
    if (Math.abs(found - difference) < worthMs) return
    difference = found
    deps.onDifference?.(found)
  }
  return {
    now,
    isTold: () => offset !== undefined,
    told: (serverTime) => {
      if (!Number.isFinite(serverTime)) return
      if (offset === undefined || Math.abs(serverTime - now()) > roughMs) offset = serverTime - steady.now()
      noteDifference()
    },
    earliest: () => Math.min(now(), date()),
    latest: () => Math.max(now(), date() - toleranceMs),
    ahead: () => date() - now(),
  }
}
