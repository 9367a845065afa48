import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openAccountsFile } from '../../../src/adapters/sql/database/open-sqlite.ts'

/** An accounts database of its own. */
export const openTestAccountsFile = async () => {
  const directory = await mkdtemp(join(tmpdir(), 'backscroll-accounts-'))
  const store = await openAccountsFile({ directory })
  return {
    store,
    discard: async (): Promise<void> => {
      await store.close()
      await rm(directory, { recursive: true, force: true })
    },
  }
}
