/** What a `Retry-After` header says, in milliseconds; undefined where it says nothing that makes sense. */
export const retryAfterOf = (header: string | null | undefined, now: number): number | undefined => {
  if (header === null || header === undefined) return undefined
  const seconds = /^\d{1,9}$/.test(header.trim()) ? Number(header) : (Date.parse(header) - now) / 1000
  return Number.isFinite(seconds) ? Math.max(0, Math.ceil(seconds * 1000)) : undefined
}
