import type { EventLogs, Heads } from '../event-log/event-logs.ts'
import { bandStart } from '../event-log/positions.ts'
import type { EventLog, Position } from '../ports/event-log.ts'
import type { SharedWatermark } from '../projections/partitions/shared-watermark.ts'
import type { GatewayLink } from './live/gateway-link.ts'

export interface ClusterReadinessParts {
  readonly log: Pick<EventLogs, 'heads' | 'logs'>
  /** Why no log takes appends now; undefined while one does. */
  readonly logTrouble: () => string | undefined
  readonly watermark: Pick<SharedWatermark, 'current' | 'missing'>
  /** Undefined where no live events come to this process. */
  readonly link?: Pick<GatewayLink, 'missing'> | undefined
  /** Whether clients ask this process for what views hold. */
  readonly readsViews: boolean
  /** The views may lack no event that is older, milliseconds. */
  readonly maxAgeMs: number
  readonly draining: () => boolean
  /** Milliseconds since the Unix epoch. Default: this machine's clock. */
  readonly now?: () => number
}

const unreadable = 'the log cannot be read'

/**
 * Why the process cannot do what its roles are for. A standby of the relay is ready: it is what it should be. So is who
 * misses one of several logs: the others go on.
 */
export const createClusterReadiness = (parts: ClusterReadinessParts): (() => Promise<readonly string[]>) => {
  const { log: logs, logTrouble, watermark, link, readsViews, maxAgeMs, draining, now = Date.now } = parts

  const readHeads = async (): Promise<Heads | undefined> => logs.heads().catch(() => undefined)

  /** Positions of the log count bytes, of others' events too: how far the views are behind is said by time. */
  const ageOf = async (log: EventLog, reached: Position, head: Position | undefined): Promise<number> => {
    const [oldest] = head !== undefined && reached < head ? await log.readAll(reached, 1) : []
    return oldest === undefined ? 0 : now() - oldest.at
  }
  const ageTrouble = async (heads: Heads): Promise<string | undefined> => {
    const reached = watermark.current()
    const ages = await Promise.all(
      logs.logs.map((log, index) => ageOf(log, reached[index] ?? bandStart(index), heads[index])),
    )
    const age = Math.max(...ages)
    return age > maxAgeMs ? `the views lack an event that is ${Math.round(age / 1000)} seconds old` : undefined
  }
  const viewTrouble = async (heads: Heads): Promise<string | undefined> => {
    const missing = watermark.missing()
    if (missing.length > 0) return `no projector takes care of the views of ${missing.length} partitions`
    return ageTrouble(heads).catch(() => unreadable)
  }
  const liveTrouble = (): string | undefined => {
    const missing = link?.missing() ?? 0
    return missing > 0 ? `live events of ${missing} partitions do not come yet` : undefined
  }

  return async () => {
    const stopping = draining() ? 'the server is stopping' : undefined
    const heads = await readHeads()
    const log = heads === undefined ? unreadable : logTrouble()
    const views = heads === undefined || !readsViews ? undefined : await viewTrouble(heads)
    return [stopping, log, views, liveTrouble()].filter((reason) => reason !== undefined)
  }
}
