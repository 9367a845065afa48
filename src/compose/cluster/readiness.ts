import type { Readiness } from '../../api/deps.ts'
import { lagBehind } from '../../api/readiness.ts'
import type { Role } from '../../config.ts'
import type { Heads } from '../../ports/event-logs.ts'
import type { GatewayLink } from '../../roles/gateway-link.ts'
import type { ClusterConfig } from './cluster-config.ts'
import type { ClusterEngines } from './engines.ts'
import type { ReadSide } from './read-side.ts'

export interface ClusterReadinessParts {
  readonly config: ClusterConfig
  readonly engines: Pick<ClusterEngines, 'log' | 'logTrouble'>
  readonly read: Pick<ReadSide, 'watermark'>
  readonly link?: GatewayLink | undefined
  readonly draining: () => boolean
  has(role: Role): boolean
}

/** Positions of the cluster's log count bytes: what an event takes, roughly. */
const bytesPerEvent = 1024

/** Why the process cannot do what its roles are for. A standby of the relay is ready: it is what it should be. So is who misses one of several logs: the others go on. */
export const createClusterReadiness = (parts: ClusterReadinessParts): Readiness => {
  const { config, engines, read, link, draining, has } = parts

  const readHeads = async (): Promise<Heads | undefined> => engines.log.heads().catch(() => undefined)

  const viewTrouble = (heads: Heads): string | undefined => {
    const missing = read.watermark.missing()
    if (missing.length > 0) return `no projector takes care of the views of ${missing.length} partitions`
    const lag = lagBehind(heads, read.watermark.current())
    if (lag <= config.readyMaxLag * bytesPerEvent) return undefined
    return `the views are ${lag} positions behind the log`
  }
  const liveTrouble = (): string | undefined => {
    const missing = link?.missing() ?? 0
    return missing > 0 ? `live events of ${missing} partitions do not come yet` : undefined
  }

  return async () => {
    const stopping = draining() ? 'the server is stopping' : undefined
    const heads = await readHeads()
    const unreadable = heads === undefined ? 'the log cannot be read' : engines.logTrouble()
    const asks = has('api') || has('gateway')
    const views = heads === undefined || !asks ? undefined : viewTrouble(heads)
    return [stopping, unreadable, views, liveTrouble()].filter((reason) => reason !== undefined)
  }
}
