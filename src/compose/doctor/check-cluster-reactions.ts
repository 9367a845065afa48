import { countParkedInDatabase } from '../../adapters/sql/read-accounts-database.ts'
import { OperatorError } from '../../ports/operator-error.ts'
import type { ClusterConfig } from '../cluster/cluster-config.ts'
import { type Finding, wrong } from './check.ts'
import { reactionsFinding } from './check-data.ts'

/** What follows from events of a cluster and could not be done. */
export const checkClusterReactions = async ({ cluster }: ClusterConfig): Promise<Finding> => {
  try {
    return reactionsFinding(await countParkedInDatabase({ url: cluster.engines.postgres }))
  } catch (error) {
    if (!(error instanceof OperatorError)) throw error
    return wrong('reactions', error.message)
  }
}
