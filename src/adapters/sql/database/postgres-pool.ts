import type { PostgresPool } from 'kysely'
import { DatabaseError, Pool, type PoolClient, types } from 'pg'
import { UnavailableError } from '../../../ports/errors/unavailable-error.ts'

export interface PoolOptions {
  readonly url: string
  /** How many connections this process uses. */
  readonly connections: number
  /** How long a statement may take on the server, in milliseconds, including waits for locks. */
  readonly statementTimeoutMs: number
}

/**
 * Classes of SQLSTATE that do not blame the statement: connection, resources, intervention, a server that takes no
 * writes.
 */
const unavailable = /^(08|53|57)|^25006$/

const codeOf = (error: unknown): string => (error instanceof DatabaseError ? (error.code ?? '') : '')

const asUnavailable = (cause: unknown): UnavailableError =>
  new UnavailableError('The accounts database does not answer', { cause })

const int8 = 20

/** Times and counts are below 2^53, so they are numbers, as in SQLite's answers. */
const numbers = {
  getTypeParser: (id: number, format?: 'text' | 'binary') => (id === int8 ? Number : types.getTypeParser(id, format)),
}

/** A connection whose query did not end as the server says is closed, not given to the next query. */
const checkedOut = (client: PoolClient): PoolClient => {
  let broken = false
  const query = async (text: string, values: readonly unknown[]) => {
    try {
      return await client.query(text, [...values])
    } catch (error) {
      broken ||= !(error instanceof DatabaseError)
      throw broken || unavailable.test(codeOf(error)) ? asUnavailable(error) : error
    }
  }
  const release = (destroy?: boolean): void => client.release(destroy === true || broken)
  const ours = new Map<string | symbol, unknown>(Object.entries({ query, release }))
  return new Proxy(client, { get: (target, name) => ours.get(name) ?? Reflect.get(target, name) })
}

/** A connection that breaks is removed, whether it was in use or not, and the next query opens another. */
export const createPool = ({ url, connections, statementTimeoutMs }: PoolOptions): PostgresPool => {
  const pool = new Pool({
    connectionString: url,
    application_name: 'backscroll',
    max: connections,
    connectionTimeoutMillis: 5_000,
    statement_timeout: statementTimeoutMs,
    idle_in_transaction_session_timeout: statementTimeoutMs,
    // For a server, or a network, that does not even report the timeout.
    query_timeout: statementTimeoutMs + 2_000,
    keepAlive: true,
    types: numbers,
  })
  pool.on('error', () => {})
  // The pool does not listen to a connection in use: its user gets the error from the query.
  pool.on('connect', (client) => void client.on('error', () => {}))
  return {
    options: {},
    connect: async () => {
      try {
        return checkedOut(await pool.connect())
      } catch (error) {
        throw asUnavailable(error)
      }
    },
    end: () => pool.end(),
  }
}
