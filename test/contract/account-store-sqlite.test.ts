import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openAccountsFile } from '../../src/adapters/sql/open-sqlite.ts'
import { accountStoreContract } from './account-store.suite.ts'

accountStoreContract('SQLite', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'accounts-'))
  const store = await openAccountsFile({ directory })
  return {
    store,
    another: () => openAccountsFile({ directory }),
    remove: async () => {
      await store.close()
      await rm(directory, { recursive: true })
    },
  }
})
