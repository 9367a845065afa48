import { type Db, MongoClient, type MongoClientOptions } from 'mongodb'
import { OperatorError } from '../../ports/errors/operator-error.ts'
import { refused } from './mongo-errors.ts'

export interface MongoOptions {
  readonly url: string
  readonly database: string
  /** How long a call may take, in milliseconds: the server gives up first, this side a little later. Default 10,000. */
  readonly timeoutMs?: number
  /** How long building an index may take, in milliseconds. Default one hour. */
  readonly indexTimeoutMs?: number
}

const clientOptions = (timeoutMs: number): MongoClientOptions => ({
  appName: 'backscroll',
  // By the names that an address uses for them, so that the address counts. Acknowledged writes survive the loss of a
  // primary, and the next read sees them.
  ...{ w: 'majority', journal: true, j: true, wtimeoutMS: timeoutMs },
  // Nothing is decided or folded on data that a new primary would take back: an old primary that is cut off serves
  // nothing that the others do not know.
  readConcernLevel: 'majority',
  readPreference: 'primary',
  serverSelectionTimeoutMS: 5_000,
  connectTimeoutMS: 5_000,
  waitQueueTimeoutMS: 5_000,
  socketTimeoutMS: timeoutMs + 2_000,
  maxPoolSize: 20,
})

/** Not connected yet: its first call connects. */
export const createClient = (url: string, timeoutMs: number): MongoClient => {
  try {
    return new MongoClient(url, clientOptions(timeoutMs))
  } catch {
    // The address is not repeated, and no cause is kept: it may hold the password.
    throw new OperatorError('BACKSCROLL_MONGODB_URL is no address, as mongodb://user:password@host:27017/ is')
  }
}

/** What everything in this folder works with. */
export interface Engine {
  readonly client: MongoClient
  readonly db: Db
  /** For each call. */
  readonly maxTimeMS: number
  /** The stand-in for MongoDB on a developer's machine needs other queries in places. */
  readonly isFerretDb: boolean
}

/** Connected, signed in and allowed to use the database, or an `OperatorError`. */
export const connect = async (options: MongoOptions): Promise<Engine> => {
  const maxTimeMS = options.timeoutMs ?? 10_000
  const client = createClient(options.url, maxTimeMS)
  const db = client.db(options.database)
  try {
    await client.connect()
    await db.listCollections({}, { nameOnly: true, maxTimeMS }).toArray()
    const about = await client.db('admin').command({ buildInfo: 1 })
    return { client, db, maxTimeMS, isFerretDb: 'ferretdbVersion' in about }
  } catch (cause) {
    await client.close()
    throw refused(cause, client)
  }
}
