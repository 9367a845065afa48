import { randomUUID } from 'node:crypto'
import { type Db, MongoClient } from 'mongodb'

/** A database of its own on the server that `url` names, and a client beside the store under test. */
export const newMongoDatabase = async (url: string) => {
  const database = `test-${randomUUID()}`
  const client = await new MongoClient(url, { serverSelectionTimeoutMS: 5_000 }).connect()
  const db: Db = client.db(database)
  return {
    options: { url, database },
    db,
    remove: async () => {
      await db.dropDatabase()
      await client.close()
    },
  }
}
