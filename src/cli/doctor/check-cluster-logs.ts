import { checkKurrentLog } from '../../adapters/kurrentdb/check-kurrent-log.ts'
import type { ClusterConfig } from '../../config/cluster-config.ts'
import { OperatorError } from '../../ports/errors/operator-error.ts'
import { type Finding, fine, wrong } from './check.ts'

const checkOne = async (connectionString: string, namespace: string): Promise<Finding> => {
  try {
    return fine('log', `${await checkKurrentLog({ connectionString, namespace })} lets its user do all that is needed`)
  } catch (error) {
    if (!(error instanceof OperatorError)) throw error
    return wrong('log', error.message)
  }
}

/**
 * Each event log of a cluster: whether it is there, and lets its user do everything that a log does. One after
 * another, because the client handles only one at a time.
 */
export const checkClusterLogs = async ({ cluster }: ClusterConfig): Promise<readonly Finding[]> => {
  const findings: Finding[] = []
  for (const connectionString of cluster.engines.kurrentdb)
    findings.push(await checkOne(connectionString, cluster.name))
  return findings
}
