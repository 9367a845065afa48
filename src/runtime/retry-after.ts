/** Parses a `Retry-After` header into milliseconds. Undefined if it is missing or malformed. */
export const retryAfterOf = (header: string | null | undefined, now: number): number | undefined => {
  if (header === null || header === undefined) return undefined
  const seconds = /^\d{1,9}$/.test(header.trim()) ? Number(header) : (Date.parse(header) - now) / 1000
  return Number.isFinite(seconds) ? Math.max(0, Math.ceil(seconds * 1000)) : undefined
}
