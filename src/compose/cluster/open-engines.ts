import type { Logger } from 'pino'
import { openAccountsDatabase } from '../../adapters/sql/open-postgres.ts'
import type { ClusterConfig } from './cluster-config.ts'
import type { ClusterEngines } from './engines.ts'

export const openEngines = async (_config: ClusterConfig, _logger: Logger): Promise<ClusterEngines> => {
  throw new Error(String(openAccountsDatabase))
}
