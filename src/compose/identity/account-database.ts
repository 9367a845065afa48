import type { Config } from '../../config/config.ts'
import type { AccountDatabase } from './open-accounts.ts'

/** The accounts of either profile. The opener closes them. */
export const openAccountDatabase = async ({ cluster, dataDirectory }: Config): Promise<AccountDatabase> => {
  if (cluster === undefined) {
    const { openAccountsFile } = await import('../../adapters/sql/database/open-sqlite.ts')
    return openAccountsFile({ directory: dataDirectory })
  }
  const { openAccountsDatabase } = await import('../../adapters/sql/database/open-postgres.ts')
  return openAccountsDatabase({ url: cluster.engines.postgres })
}
