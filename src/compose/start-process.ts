import type { Logger } from 'pino'
import { isClusterConfig } from '../config/cluster-config.ts'
import type { Config } from '../config/config.ts'
import type { Doing, Running } from './running.ts'

/** Starts the process that the settings describe. What only the other profile needs is not even loaded. */
export const start = async (config: Config, logger: Logger, doing: Doing): Promise<Running> => {
  if (!isClusterConfig(config)) {
    const { startEmbedded } = await import('./embedded/start-embedded.ts')
    return startEmbedded(config, logger, doing)
  }
  const { openEngines } = await import('./cluster/open-engines.ts')
  const { startCluster } = await import('./cluster/start-cluster.ts')
  const engines = await openEngines(config, logger, doing)
  doing('opening the views and taking up the roles')
  return startCluster(config, engines, logger)
}
