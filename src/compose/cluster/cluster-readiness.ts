import type { Readiness } from '../../api/api-deps.ts'
import type { ClusterConfig } from '../../config/cluster-config.ts'
import type { Role } from '../../config/config-settings.ts'
import type { Heads } from '../../event-log/event-logs.ts'
import { bandStart } from '../../event-log/positions.ts'
import type { EventLog, Position } from '../../ports/event-log.ts'
import type { GatewayLink } from '../../processes/live/gateway-link.ts'
import type { ClusterEngines } from './cluster-engines.ts'
import type { ReadSide } from './read-side.ts'

export interface ClusterReadinessParts {
  readonly config: ClusterConfig
  readonly engines: Pick<ClusterEngines, 'log' | 'logTrouble'>
  readonly read: Pick<ReadSide, 'watermark'>
  readonly link?: GatewayLink | undefined
  readonly draining: () => boolean
  /** Milliseconds since the Unix epoch. Default: this machine's clock. */
  readonly now?: () => number
  has(role: Role): boolean
}

const unreadable = 'the log cannot be read'

/**
 * Why the process cannot do what its roles are for. A standby of the relay is ready: it is what it should be. So is who
 * misses one of several logs: the others go on.
 */
export const createClusterReadiness = (parts: ClusterReadinessParts): Readiness => {
  const { config, engines, read, link, draining, has, now = Date.now } = parts

  const readHeads = async (): Promise<Heads | undefined> => engines.log.heads().catch(() => undefined)

  /** Positions of the log count bytes, of others' events too: how far the views are behind is said by time. */
  const ageOf = async (log: EventLog, reached: Position, head: Position | undefined): Promise<number> => {
    const [oldest] = head !== undefined && reached < head ? await log.readAll(reached, 1) : []
    return oldest === undefined ? 0 : now() - oldest.at
  }
  const ageTrouble = async (heads: Heads): Promise<string | undefined> => {
    const reached = read.watermark.current()
    const ages = await Promise.all(
      engines.log.logs.map((log, index) => ageOf(log, reached[index] ?? bandStart(index), heads[index])),
    )
    const age = Math.max(...ages)
    return age > config.readyMaxAgeMs
      ? `the views lack an event that is ${Math.round(age / 1000)} seconds old`
      : undefined
  }
  const viewTrouble = async (heads: Heads): Promise<string | undefined> => {
    const missing = read.watermark.missing()
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
    const log = heads === undefined ? unreadable : engines.logTrouble()
    const asks = has('api') || has('gateway')
    const views = heads === undefined || !asks ? undefined : await viewTrouble(heads)
    return [stopping, log, views, liveTrouble()].filter((reason) => reason !== undefined)
  }
}
