import type { EventReader } from '../ports/event-log.ts'
import type { Watermark } from '../ports/watermark.ts'
import type { Readiness } from './deps.ts'

export interface ReadinessParts {
  readonly log: Pick<EventReader, 'head'>
  readonly watermark: Watermark
  /** Why the log takes no appends now (no space, closed, its directory not writable); undefined when it does. */
  readonly logTrouble: () => Promise<string | undefined>
  readonly draining: () => boolean
  /** Positions that the views may be behind the log. */
  readonly maxLag: number
}

export const lagOf = async (log: Pick<EventReader, 'head'>, watermark: Watermark): Promise<number> => {
  const lag = Number((await log.head()) - watermark.current())
  return Math.max(0, lag)
}

const behind = async ({ log, watermark, maxLag }: ReadinessParts): Promise<string | undefined> => {
  const lag = await lagOf(log, watermark).catch(() => undefined)
  if (lag === undefined) return 'the log cannot be read'
  return lag > maxLag ? `the views are ${lag} positions behind the log` : undefined
}

/** Ready: not stopping, the log takes appends, and the views are at most `maxLag` behind it. */
export const createReadiness =
  (parts: ReadinessParts): Readiness =>
  async () => {
    const stopping = parts.draining() ? 'the server is stopping' : undefined
    const found = [stopping, await parts.logTrouble(), await behind(parts)]
    return found.filter((reason) => reason !== undefined)
  }
