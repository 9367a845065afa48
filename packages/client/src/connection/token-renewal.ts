import type { TokenSource } from '../sign-in/token-source.ts'
import type { Clock } from '../time/clock.ts'

export interface TokenRenewal {
  /** A connection was made with the token in use: renew it before it expires. */
  arm(): void
  disarm(): void
}

/** Renewed when a tenth of the remaining time is left, at most a minute before the end. */
const marginOf = (leftMs: number): number => Math.min(60_000, leftMs / 10)
const soonestMs = 1_000
const [retryMs, longestMs] = [5_000, 60_000]

export interface TokenRenewalDeps {
  readonly clock: Clock
  readonly token: TokenSource
  /** Rejects when the server refuses it. */
  readonly send: (token: string) => Promise<unknown>
  readonly onError: (thrown: unknown) => void
}

/** [T2] Renews the token on the open socket. A failure is reported, and retried until the socket closes. */
export const createTokenRenewal = ({ clock, token, send, onError }: TokenRenewalDeps): TokenRenewal => {
  let cancel: (() => void) | undefined
  /** Counts connections, so that what was begun on an old one ends with it. */
  let generation = 0
  /**
   * How many tokens in a row had expired when they came: if the server accepts them all the same, a date is
   * wrong, and there is no hurry.
   */
  let rushed = 0
  let failures = 0
  const disarm = () => {
    generation += 1
    cancel?.()
  }
  const renew = async (mine: number) => {
    try {
      await send(await token.get(true))
      failures = 0
      if (mine === generation) schedule(mine)
    } catch (thrown) {
      if (mine !== generation) return
      onError(thrown)
      const pause = Math.min(longestMs, retryMs * 2 ** failures)
      failures += 1
      cancel = clock.after(pause, () => void renew(mine))
    }
  }
  const schedule = (mine: number) => {
    const left = token.left()
    if (left === undefined) return
    const due = Math.max(0, left) - marginOf(Math.max(0, left))
    const soonest = Math.min(longestMs, soonestMs * 2 ** rushed)
    rushed = due < soonestMs ? rushed + 1 : 0
    cancel = clock.after(Math.max(soonest, due), () => void renew(mine))
  }
  return {
    arm: () => {
      disarm()
      failures = 0
      schedule(generation)
    },
    disarm,
  }
}
