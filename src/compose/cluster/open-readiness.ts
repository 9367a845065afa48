import type { Readiness } from '../../api/api-deps.ts'
import type { ClusterConfig } from '../../config/cluster-config.ts'
import type { Role } from '../../config/config-settings.ts'
import { createClusterReadiness } from '../../processes/cluster-readiness.ts'
import type { GatewayLink } from '../../processes/live/gateway-link.ts'
import type { ClusterEngines } from './cluster-engines.ts'
import type { ReadSide } from './read-side.ts'

export interface ReadinessParts {
  readonly config: ClusterConfig
  readonly engines: Pick<ClusterEngines, 'log' | 'logTrouble'>
  readonly read: Pick<ReadSide, 'watermark'>
  readonly link?: GatewayLink | undefined
  readonly draining: () => boolean
  has(role: Role): boolean
}

/** Why a process cannot do what its roles are for. */
export const openReadiness = ({ config, engines, read, link, draining, has }: ReadinessParts): Readiness =>
  createClusterReadiness({
    ...{ log: engines.log, logTrouble: engines.logTrouble, watermark: read.watermark, link, draining },
    readsViews: has('api') || has('gateway'),
    maxAgeMs: config.readyMaxAgeMs,
  })
