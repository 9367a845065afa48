import { z } from 'zod'
import { fromBase64 } from './base64.ts'

const claims = z.object({
  exp: z.number().optional(),
  sub: z.string().optional(),
  device: z.string().optional(),
})

/** What a JWT says, as far as it says it. The server checks it, not we. */
export const claimsOf = (token: string): z.output<typeof claims> => {
  try {
    const payload = (token.split('.')[1] ?? '').replaceAll('-', '+').replaceAll('_', '/')
    return claims.parse(JSON.parse(new TextDecoder().decode(fromBase64(payload))))
  } catch {
    return {}
  }
}

/** When a JWT expires, milliseconds since the Unix epoch; undefined if it does not say. */
export const expiryOf = (token: string): number | undefined => {
  const { exp } = claimsOf(token)
  return exp === undefined ? undefined : exp * 1000
}

export interface TokenSource {
  /** The token in use, or a new one from the application if there is none, it is about to expire or `fresh` is asked for. */
  get(fresh?: boolean): Promise<string>
  /** When the token in use expires. */
  expiresAt(): number | undefined
}

const marginMs = 5_000

/** Asks the application once for all who wait. Rejects as the application does. */
export const createTokenSource = (provide: (instead?: string) => Promise<string>, now: () => number): TokenSource => {
  let token: string | undefined
  let asking: Promise<string> | undefined
  const expiresAt = () => (token === undefined ? undefined : expiryOf(token))
  const ask = async () => {
    try {
      token = await provide(token)
      return token
    } finally {
      asking = undefined
    }
  }
  const usable = () => token !== undefined && (expiresAt() ?? Number.POSITIVE_INFINITY) > now() + marginMs
  return {
    get: async (fresh = false) => {
      if (!fresh && token !== undefined && usable()) return token
      asking ??= ask()
      return asking
    },
    expiresAt,
  }
}
