import type { Clock } from '../time/clock.ts'

interface Rates {
  readonly framesPerSecond: number
  readonly burst: number
}

/** Keeps the client below the rate that the server allows [T7]: a token bucket with a queue. */
export interface Pacer {
  /** A new connection: its rates, and a full bucket. */
  reset(rates: Rates): void
  /** Resolves when one more frame may go, in the order of the calls. */
  turn(): Promise<void>
}

/** A tenth below the limit: the server's clock and ours do not tick alike. */
const share = 0.9

export const createPacer = (clock: Clock): Pacer => {
  let perMs = 0
  let burst = 0
  let tokens = 0
  let at = 0
  const waiting: (() => void)[] = []
  let cancel: (() => void) | undefined

  const refill = () => {
    const now = clock.now()
    tokens = Math.min(burst, tokens + Math.max(0, now - at) * perMs)
    at = now
  }
  const release = () => {
    cancel?.()
    cancel = undefined
    refill()
    while (tokens >= 1 && waiting.length > 0) {
      tokens -= 1
      waiting.shift()?.()
    }
    if (waiting.length > 0 && perMs > 0) cancel = clock.after(Math.ceil((1 - tokens) / perMs), release)
  }
  return {
    reset: (rates) => {
      perMs = (rates.framesPerSecond * share) / 1000
      burst = Math.max(1, Math.floor(rates.burst * share))
      tokens = burst
      at = clock.now()
      release()
    },
    turn: () =>
      new Promise((resolve) => {
        waiting.push(resolve)
        if (waiting.length === 1) release()
      }),
  }
}
