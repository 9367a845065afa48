import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { openAccountsDatabase } from '../../../src/adapters/sql/database/open-postgres.ts'
import { OperatorError } from '../../../src/ports/errors/operator-error.ts'
import { UnavailableError } from '../../../src/ports/errors/unavailable-error.ts'
import { localAccount } from '../../contract/account-store/account-store.suite.ts'
import { engineUrl } from '../../support/engines/engine-url.ts'
import { newPostgresDatabase } from '../../support/engines/postgres-database.ts'
import { openChaosProxy } from '../../support/network/tcp-proxy.ts'

const server = await engineUrl('postgres')
const unreachable = 'postgres://someone:wordsecret@127.0.0.1:1/backscroll'

const refusalOf = async (url: string): Promise<Error> => {
  const refused: unknown = await openAccountsDatabase({ url }).catch((error: unknown) => error)
  if (!(refused instanceof Error)) throw new Error('It opened')
  return refused
}

test.each([
  ['nobody answers', unreachable, /^BACKSCROLL_POSTGRES_URL: no PostgreSQL server takes connections at 127.0.0.1:1 /],
  ['the address is none', 'wordsecret', /^BACKSCROLL_POSTGRES_URL is no URL/],
  ['it cannot be decoded', 'postgres://someone:wordsecret%zz@localhost/db', /^BACKSCROLL_POSTGRES_URL is no URL/],
])('an operator is told in one line, without the password, that %s', async (_what, url, line) => {
  const refused = await refusalOf(url)
  expect(refused).toBeInstanceOf(OperatorError)
  expect(refused.message).toMatch(line)
  expect(refused.message).not.toMatch(/wordsecret|\n/)
})

describe.skipIf(server === undefined)(
  server === undefined ? 'skipped: no PostgreSQL' : 'accounts in PostgreSQL',
  () => {
    let database: Awaited<ReturnType<typeof newPostgresDatabase>>
    beforeEach(async () => {
      database = await newPostgresDatabase(server ?? '')
    })
    afterEach(() => database.remove())
    const open = (changes = {}) => openAccountsDatabase({ url: database.url, ...changes })

    test('a database or a user that the server does not know is told to the operator', async () => {
      const url = new URL(database.url)
      url.pathname = 'not-there'
      expect((await refusalOf(url.href)).message).toMatch(/^BACKSCROLL_POSTGRES_URL: there is no such database/)
      url.username = 'nobody-known'
      url.password = 'wordsecret'
      expect((await refusalOf(url.href)).message).toMatch(/^BACKSCROLL_POSTGRES_URL: the server refuses/)
    })

    test('many processes can start at once on an empty database', async () => {
      const stores = await Promise.all(Array.from({ length: 8 }, () => open({ connections: 2 })))
      expect(await stores[0]?.create(localAccount('alice'))).toBe('created')
      expect(await stores[7]?.account('alice')).toEqual(localAccount('alice'))
      await Promise.all(stores.map((store) => store.close()))
    })

    test('a schema of a newer version is refused', async () => {
      await (await open()).close()
      await database.run('INSERT INTO schema_versions VALUES (1000)')
      expect((await refusalOf(database.url)).message).toMatch(/newer version of Backscroll/)
    })

    test('a connection that the server ends, idle or at work, does not end the process, and the next call works', async () => {
      const store = await open()
      await store.create(localAccount('alice'))
      const calls = Array.from({ length: 20 }, () => store.account('alice').catch(() => undefined))
      await database.run(
        'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()',
      )
      await Promise.all(calls)
      await vi.waitFor(async () => expect(await store.account('alice')).toEqual(localAccount('alice')))
      await store.close()
    })

    test('a statement that waits too long is given up as unavailable, and the store goes on', async () => {
      const store = await open({ statementTimeoutMs: 100 })
      const blocking = database.run('BEGIN; LOCK TABLE accounts; SELECT pg_sleep(1); COMMIT')
      await vi.waitFor(() => expect(store.account('alice')).rejects.toBeInstanceOf(UnavailableError))
      await blocking
      expect(await store.account('alice')).toBeUndefined()
      await store.close()
    })

    test('a server that falls silent is given up, and another connection is made', async () => {
      const proxy = await openChaosProxy(Number(new URL(database.url).port || 5432))
      const url = new URL(database.url)
      url.port = new URL(proxy.url).port
      const store = await openAccountsDatabase({ url: url.href, connections: 1, statementTimeoutMs: 100 })
      proxy.stall(60_000)
      await expect(store.create(localAccount('alice'))).rejects.toBeInstanceOf(UnavailableError)
      expect(await store.account('bob')).toBeUndefined()
      await store.close()
      await proxy.close()
    })

    test('a server that is gone later makes calls unavailable', async () => {
      const proxy = await openChaosProxy(Number(new URL(database.url).port || 5432))
      const url = new URL(database.url)
      url.port = new URL(proxy.url).port
      const store = await openAccountsDatabase({ url: url.href })
      await proxy.close()
      await expect(store.account('alice')).rejects.toBeInstanceOf(UnavailableError)
      await store.close()
    })
  },
)
