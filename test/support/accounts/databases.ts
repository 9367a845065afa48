import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe } from 'vitest'
import type { AccountsDatabase } from '../../../src/adapters/sql/database/accounts-database.ts'
import { openAccountsDatabase } from '../../../src/adapters/sql/database/open-postgres.ts'
import { openAccountsFile } from '../../../src/adapters/sql/database/open-sqlite.ts'
import { engineUrl } from '../engines/engine-url.ts'
import { newPostgresDatabase } from '../engines/postgres-database.ts'

/** An empty accounts database; each `open` is a connection as another process has it. */
export interface EmptyAccounts {
  open(): Promise<AccountsDatabase>
  /** Closes all that was opened. */
  remove(): Promise<void>
}

const closing = (open: () => Promise<AccountsDatabase>, remove: () => Promise<unknown>): EmptyAccounts => {
  const opened: AccountsDatabase[] = []
  return {
    open: async () => {
      const one = await open()
      opened.push(one)
      return one
    },
    remove: async () => {
      await Promise.all(opened.map((one) => one.close()))
      await remove()
    },
  }
}

const onSqlite = async (): Promise<EmptyAccounts> => {
  const directory = await mkdtemp(join(tmpdir(), 'accounts-'))
  return closing(
    () => openAccountsFile({ directory }),
    () => rm(directory, { recursive: true }),
  )
}

const server = await engineUrl('postgres')

const onPostgres = (server: string) => async (): Promise<EmptyAccounts> => {
  const database = await newPostgresDatabase(server)
  return closing(() => openAccountsDatabase({ url: database.url }), database.remove)
}

/** The same tests on each engine there is. */
export const onEachEngine = (tests: (name: string, start: () => Promise<EmptyAccounts>) => void): void => {
  tests('SQLite', onSqlite)
  describe.skipIf(server === undefined)(server === undefined ? 'skipped: no PostgreSQL' : 'on a server', () =>
    tests('PostgreSQL', onPostgres(server ?? '')),
  )
}
