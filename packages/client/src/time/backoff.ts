const baseMs = 500
const capMs = 30_000

/** A client that was told to come back at a time comes up to this much later, so that not all come at once. */
const spread = 0.5

/**
 * Exponential backoff with full jitter: the milliseconds to wait before the attempt after `attempt` failures (from
 * 0). `random` in [0, 1). Never less than the server asked for.
 */
export const backoffMs = (attempt: number, random: number, retryAfterMs = 0): number =>
  Math.max(
    Math.ceil(retryAfterMs * (1 + spread * random)),
    Math.floor(random * Math.min(capMs, baseMs * 2 ** Math.min(attempt, 16))),
  )
