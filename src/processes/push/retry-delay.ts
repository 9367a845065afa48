const [firstMs, longestMs] = [2_000, 15 * 60_000]
/** A service that asks for a longer pause than this is not believed. */
const longestAskedMs = 6 * 3_600_000

/**
 * The wait after `tries` earlier failures, in milliseconds. Random within bounds, and never shorter than the
 * service asks for.
 */
export const retryDelay = (tries: number, retryAfterMs: number | undefined, random: () => number): number => {
  const most = Math.min(longestMs, firstMs * 2 ** tries)
  const asked = Math.min(retryAfterMs ?? 0, longestAskedMs)
  return Math.ceil(Math.max(most / 2, asked) + random() * (most / 2))
}
