import type { Logger } from 'pino'
import { createOperations } from '../../api/create-api.ts'
import { listen } from '../../api/http/listen.ts'
import type { ClusterConfig } from '../../config/cluster-config.ts'
import { createTokenVerifier } from '../../identity/tokens/token-verifier.ts'
import type { Metrics } from '../../observability/metrics.ts'
import { keySource } from '../identity/key-source.ts'
import { openReadiness, type ReadinessParts } from './open-readiness.ts'

export interface OperationsParts extends Omit<ReadinessParts, 'draining'> {
  readonly config: ClusterConfig
  readonly metrics: Metrics
  readonly logger: Logger
}

/** What a process without clients shows: whether it works, and how much. */
export const startOperations = async (parts: OperationsParts) => {
  const { config, engines, read, metrics, logger } = parts
  let draining = false
  const api = await createOperations(
    {
      log: engines.log,
      watermark: read.watermark,
      verifier: createTokenVerifier({ keys: await keySource(config), ...config.tokens }),
      readiness: openReadiness({ ...parts, draining: () => draining }),
      draining: () => draining,
      metrics,
      settings: config.api,
    },
    logger,
  )
  return {
    listen: () => listen(api, config),
    stop: async (finish: () => Promise<void>) => {
      draining = true
      await finish()
      await api.close()
    },
  }
}
