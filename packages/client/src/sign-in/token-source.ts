import { z } from 'zod'
import { fromBase64 } from '../encoding/base64.ts'
import type { Clock } from '../time/clock.ts'
import type { ServerTime } from '../time/server-time.ts'

const claims = z.object({
  exp: z.number().optional(),
  iat: z.number().optional(),
  sub: z.string().optional(),
  device: z.string().optional(),
})

/** The claims of a JWT, as far as it has them. The server verifies it, not we. */
export const claimsOf = (token: string): z.output<typeof claims> => {
  try {
    const payload = (token.split('.')[1] ?? '').replaceAll('-', '+').replaceAll('_', '/')
    return claims.parse(JSON.parse(new TextDecoder().decode(fromBase64(payload))))
  } catch {
    return {}
  }
}

export interface TokenSource {
  /**
   * The present token, or a new one from the application if there is none, it is about to expire, or `fresh` is
   * requested.
   */
  get(fresh?: boolean): Promise<string>
  /** Milliseconds until the token in use expires; undefined where it does not say. */
  left(): number | undefined
}

const marginMs = 5_000
/** A token that the application gave this recently is used, whatever the dates say: the server decides. */
const newMs = 10_000

interface Given {
  readonly token: string
  /** On the steady clock. */
  readonly at: number
}

/** By the server's time; where that is not known, a token counts as old as it is here, so that no date matters. */
const leftOf = ({ token, at }: Given, clock: Clock, time: Pick<ServerTime, 'now' | 'isTold'>): number | undefined => {
  const { exp, iat } = claimsOf(token)
  if (exp === undefined) return undefined
  if (time.isTold() || iat === undefined) return exp * 1000 - time.now()
  return (exp - iat) * 1000 - (clock.now() - at)
}

export interface TokenSourceDeps {
  /** Asks the application. `instead`: the token before. */
  readonly provide: (instead?: string) => Promise<string>
  /** A steady one. */
  readonly clock: Clock
  readonly time: Pick<ServerTime, 'now' | 'isTold'>
}

/** Asks the application once for all callers. Rejects as the application does. */
export const createTokenSource = ({ provide, clock, time }: TokenSourceDeps): TokenSource => {
  let given: Given | undefined
  let asking: Promise<string> | undefined
  const left = () => (given === undefined ? undefined : leftOf(given, clock, time))
  const ask = async () => {
    try {
      const token = await provide(given?.token)
      given = { token, at: clock.now() }
      return token
    } finally {
      asking = undefined
    }
  }
  const isUsable = ({ at }: Given) => (left() ?? Number.POSITIVE_INFINITY) > marginMs || clock.now() - at < newMs
  return {
    get: async (fresh = false) => {
      if (!fresh && given !== undefined && isUsable(given)) return given.token
      asking ??= ask()
      return asking
    },
    left,
  }
}
