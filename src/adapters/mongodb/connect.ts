import { type Db, MongoClient, type MongoClientOptions } from 'mongodb'
import { OperatorError } from '../../ports/errors/operator-error.ts'
import { refused } from './mongo-errors.ts'

export interface MongoOptions {
  readonly url: string
  readonly database: string
  /** After which a call is given up, in milliseconds: by the server, and a little later by this side. Default 10,000. */
  readonly timeoutMs?: number
  /** Building an index may take this long, in milliseconds. Default one hour. */
  readonly indexTimeoutMs?: number
}

const clientOptions = (timeoutMs: number): MongoClientOptions => ({
  appName: 'backscroll',
  // By the names that an address has for them, so that these count. What was acknowledged survives the loss of a
  // primary, and what is read next is there.
  ...{ w: 'majority', journal: true, j: true, wtimeoutMS: timeoutMs },
  // Nothing is decided on, or folded on, that a new primary would take back: an old one that is cut off says nothing
  // that others do not know.
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
    // Nothing of it is repeated, and no cause kept: it may hold the password.
    throw new OperatorError('BACKSCROLL_MONGODB_URL is no address, as mongodb://user:password@host:27017/ is')
  }
}

/** What everything in this folder works on. */
export interface Engine {
  readonly client: MongoClient
  readonly db: Db
  /** For each call. */
  readonly maxTimeMS: number
  /** The stand-in for MongoDB on a developer's machine has to be asked differently in places. */
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
