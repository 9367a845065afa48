import { countParkedInDatabase } from '../../adapters/sql/database/read-accounts-database.ts'
import type { ClusterConfig } from '../../config/cluster-config.ts'
import { OperatorError } from '../../ports/errors/operator-error.ts'
import { type Finding, wrong } from './check.ts'
import { reactionsFinding } from './check-data.ts'

/** Reactions to events of a cluster that failed. */
export const checkClusterReactions = async ({ cluster }: ClusterConfig): Promise<Finding> => {
  try {
    return reactionsFinding(await countParkedInDatabase({ url: cluster.engines.postgres }))
  } catch (error) {
    if (!(error instanceof OperatorError)) throw error
    return wrong('reactions', error.message)
  }
}
