import { isClusterConfig } from '../../config/cluster-config.ts'
import { loadConfig } from '../../config/config.ts'
import { OperatorError } from '../../ports/errors/operator-error.ts'
import { requireDirectory } from './existing-directory.ts'

export type Environment = Readonly<Record<string, string | undefined>>

/**
 * The data directory that the settings name. Throws an `OperatorError` where there is none, and for a cluster, whose
 * log KurrentDB has to check.
 */
export const embeddedDirectory = (env: Environment): string => {
  const config = loadConfig(env)
  if (isClusterConfig(config))
    throw new OperatorError(
      'This looks after a data directory, and the settings are those of a cluster: its event log checks itself',
    )
  requireDirectory(config.dataDirectory)
  return config.dataDirectory
}
