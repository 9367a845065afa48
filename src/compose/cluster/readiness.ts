import type { Readiness } from '../../api/deps.ts'
import type { Role } from '../../config.ts'
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
  /** Milliseconds since the Unix epoch. Default: this machine's clock. */
  readonly now?: () => number
  has(role: Role): boolean
}

const unreadable = 'the log cannot be read'

/** Why the process cannot do what its roles are for. A standby of the relay is ready: it is what it should be. */
export const createClusterReadiness = (parts: ClusterReadinessParts): Readiness => {
  const { config, engines, read, link, draining, has, now = Date.now } = parts

  const logReadable = async (): Promise<bigint | undefined> => engines.log.head().catch(() => undefined)

  /** Positions of the log count bytes, of others' events too: how far the views are behind is said by time. */
  const ageTrouble = async (head: bigint): Promise<string | undefined> => {
    const reached = read.watermark.current()
    const [oldest] = reached < head ? await engines.log.readAll(reached, 1) : []
    const age = oldest === undefined ? 0 : now() - oldest.at
    return age > config.readyMaxAgeMs
      ? `the views lack an event that is ${Math.round(age / 1000)} seconds old`
      : undefined
  }
  const viewTrouble = async (head: bigint): Promise<string | undefined> => {
    const missing = read.watermark.missing()
    if (missing.length > 0) return `no projector takes care of the views of ${missing.length} partitions`
    return ageTrouble(head).catch(() => unreadable)
  }
  const liveTrouble = (): string | undefined => {
    const missing = link?.missing() ?? 0
    return missing > 0 ? `live events of ${missing} partitions do not come yet` : undefined
  }

  return async () => {
    const stopping = draining() ? 'the server is stopping' : undefined
    const head = await logReadable()
    const log = head === undefined ? unreadable : engines.logTrouble()
    const asks = has('api') || has('gateway')
    const views = head === undefined || !asks ? undefined : await viewTrouble(head)
    return [stopping, log, views, liveTrouble()].filter((reason) => reason !== undefined)
  }
}
