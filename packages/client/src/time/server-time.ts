import type { Clock } from './clock.ts'

/**
 * Dates by the server's clock: when tokens end, when key packages are valid, what has expired. A device's own date
 * may be years off, so the server's is used, which comes with every answer. The device's own date limits a lying
 * server where that harms nobody.
 */
export interface ServerTime {
  /** Milliseconds since the Unix epoch: the server's time, or an estimate by the last known difference. */
  now(): number
  /** The server has told its time since this client began. */
  isTold(): boolean
  /** A time that no server has is passed over. */
  told(serverTime: number): void
  /**
   * Nothing is destroyed before both dates agree: neither a wrong date here nor a lying server makes a device
   * forget.
   */
  earliest(): number
  /**
   * What others have made expires at the earlier of the dates: a lying server revives nothing that expired long
   * ago.
   */
  latest(): number
  /** How far the device's own date is ahead, in milliseconds; negative: behind. */
  ahead(): number
}

export interface ServerTimeDeps {
  /** The device's date. */
  readonly date: () => number
  /** A monotonic clock. */
  readonly steady: Clock
  /** The server's date minus the device's, as known before this start. */
  readonly difference?: number | undefined
  readonly onDifference?: (difference: number) => void
}

/** How far a device's date may be ahead without consequences: key packages live for months. */
export const toleranceMs = 7 * 86_400_000
/** The time was on its way for a while. */
const roughMs = 2_000
/** The times that a server may have: what is outside is no date, and would be stored as one. */
const believable = { from: Date.UTC(1970), to: Date.UTC(2200) }
const isBelievable = (time: number): boolean =>
  Number.isInteger(time) && time >= believable.from && time < believable.to
/** A difference that is worth storing. */
const worthMs = 60_000

export const createServerTime = (deps: ServerTimeDeps): ServerTime => {
  const { date, steady } = deps
  let difference = deps.difference ?? 0
  /** The server's time minus the steady clock's. */
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
      if (!isBelievable(serverTime)) return
      if (offset === undefined || Math.abs(serverTime - now()) > roughMs) offset = serverTime - steady.now()
      noteDifference()
    },
    earliest: () => Math.min(now(), date()),
    latest: () => Math.max(now(), date() - toleranceMs),
    ahead: () => date() - now(),
  }
}
