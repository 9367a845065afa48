import type { Kysely } from 'kysely'
import type { Logger } from 'pino'
import { foreignUser } from '../../adapters/sql/database/copy-accounts.ts'
import { openPostgresTables } from '../../adapters/sql/database/open-postgres.ts'
import type { Tables } from '../../adapters/sql/tables.ts'
import type { ClusterEngines } from '../../compose/cluster/cluster-engines.ts'
import { openEngines } from '../../compose/cluster/open-engines.ts'
import type { ClusterConfig } from '../../config/cluster-config.ts'
import { OperatorError } from '../../ports/errors/operator-error.ts'
import type { Progress } from '../progress.ts'
import { type Heads, readHeads } from './migrate-events.ts'
import type { Source } from './migrate-source.ts'

export interface Target {
  readonly engines: ClusterEngines
  readonly accounts: Kysely<Tables>
  close(): Promise<void>
}

/** Whole tables are emptied and filled in one statement each. */
const statementTimeoutMs = 600_000

/** Everything that the settings name. Rejects with an `OperatorError` for what cannot be reached. */
export const openTarget = async (config: ClusterConfig, logger: Logger): Promise<Target> => {
  const accounts = await openPostgresTables({ url: config.cluster.engines.postgres, statementTimeoutMs })
  try {
    const engines = await openEngines(config, logger)
    const close = async (): Promise<void> => {
      await engines.close()
      await accounts.destroy()
    }
    return { engines, accounts, close }
  } catch (error) {
    await accounts.destroy()
    throw error
  }
}

/**
 * Rejects with an `OperatorError` when the target holds anything that is not the source's. Nothing is written
 * before.
 */
export const checkTarget = async (source: Source, target: Target, progress: Progress): Promise<Heads> => {
  const user = await foreignUser(source.accounts, target.accounts)
  if (user !== undefined)
    throw new OperatorError(
      `BACKSCROLL_POSTGRES_URL: the database holds the user ${user}, whom the data directory does not know: name an empty database`,
    )
  return readHeads(source.log, target.engines.log, progress.stage('Looking at what is there already', 0))
}
