import type { Logger } from 'pino'
import type { Config } from '../config/config.ts'
import { isClusterConfig } from './cluster/cluster-config.ts'
import type { Running } from './running.ts'

/** Starts the process that the settings describe. What the other profile needs is not even loaded. */
export const start = async (config: Config, logger: Logger): Promise<Running> => {
  if (!isClusterConfig(config)) {
    const { startEmbedded } = await import('./embedded/start-embedded.ts')
    return startEmbedded(config, logger)
  }
  const { openEngines } = await import('./cluster/open-engines.ts')
  const { startCluster } = await import('./cluster/start-cluster.ts')
  return startCluster(config, await openEngines(config, logger), logger)
}
