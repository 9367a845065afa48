import type { EventLogs, Heads } from '../event-log/event-logs.ts'
import { at, type Positions } from '../event-log/positions.ts'
import type { Watermark } from '../projections/watermark/watermark.ts'
import type { Readiness } from './api-deps.ts'

export interface ReadinessParts {
  readonly log: Pick<EventLogs, 'heads'>
  readonly watermark: Watermark
  /** Why the log accepts no appends now (no space, closed, its directory not writable); undefined when it does. */
  readonly logTrouble: () => Promise<string | undefined>
  readonly draining: () => boolean
  /** How many positions the views may be behind the log. */
  readonly maxLag: number
}

/** How far W is behind, in the log where it is furthest behind. A log that does not answer does not count. */
export const lagBehind = (heads: Heads, w: Positions): number =>
  Math.max(0, ...heads.map((head, index) => (head === undefined ? 0 : Number(head - at(w, index)))))

export const lagOf = async (log: Pick<EventLogs, 'heads'>, watermark: Watermark): Promise<number> =>
  lagBehind(await log.heads(), watermark.current())

const behind = async ({ log, watermark, maxLag }: ReadinessParts): Promise<string | undefined> => {
  const lag = await lagOf(log, watermark).catch(() => undefined)
  if (lag === undefined) return 'the log cannot be read'
  return lag > maxLag ? `the views are ${lag} positions behind the log` : undefined
}

/** Ready: not stopping, the log accepts appends, and the views are at most `maxLag` behind it. */
export const createReadiness =
  (parts: ReadinessParts): Readiness =>
  async () => {
    const stopping = parts.draining() ? 'the server is stopping' : undefined
    const found = [stopping, await parts.logTrouble(), await behind(parts)]
    return found.filter((reason) => reason !== undefined)
  }
