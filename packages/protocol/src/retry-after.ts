import { errorKinds, type ProtocolError } from './errors.ts'

/** Milliseconds, where nobody knows better. */
const usualWait = 1_000
const waits: ReadonlySet<number> = new Set([429, 503])

/** The header `Retry-After` [R3], in seconds: in every 429 and 503, and wherever a wait is known. */
export const retryAfterOf = ({ code, retryAfterMs }: ProtocolError): string | undefined => {
  const wait = retryAfterMs ?? (waits.has(errorKinds[code].status) ? usualWait : undefined)
  return wait === undefined ? undefined : String(Math.max(1, Math.ceil(wait / 1000)))
}
