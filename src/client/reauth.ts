import type { Clock } from './clock.ts'
import type { TokenSource } from './token-source.ts'

export interface Reauth {
  /** A connection was made with the token in use: renew it before it expires. */
  arm(): void
  disarm(): void
}

/** Renewed when a tenth of the time that is left is still left, at most a minute before the end. */
const marginOf = (leftMs: number): number => Math.min(60_000, leftMs / 10)
const retryMs = 5_000

/** [T2] Renews the token on the open socket. `send` rejects when the server refuses it; then it is tried again until the socket closes. */
export const createReauth = (clock: Clock, token: TokenSource, send: (token: string) => Promise<unknown>): Reauth => {
  let cancel: (() => void) | undefined
  /** Counts connections, so that what was begun on an old one ends with it. */
  let generation = 0
  const disarm = () => {
    generation += 1
    cancel?.()
  }
  const renew = async (mine: number) => {
    try {
      await send(await token.get(true))
      if (mine === generation) schedule(mine)
    } catch {
      if (mine === generation) cancel = clock.after(retryMs, () => void renew(mine))
    }
  }
  const schedule = (mine: number) => {
    const expiresAt = token.expiresAt()
    if (expiresAt === undefined) return
    const left = Math.max(0, expiresAt - clock.now())
    cancel = clock.after(Math.max(1_000, left - marginOf(left)), () => void renew(mine))
  }
  return {
    arm: () => {
      disarm()
      schedule(generation)
    },
    disarm,
  }
}
