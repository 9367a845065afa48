import { join } from 'node:path'
import { parentPort, workerData } from 'node:worker_threads'
import Database from 'better-sqlite3'

const { directory }: { directory: string } = workerData
const db = new Database(join(directory, 'floor.db'))
db.pragma('journal_mode = WAL')
db.pragma('synchronous = FULL')
db.exec(
  'CREATE TABLE IF NOT EXISTS messages (position INTEGER PRIMARY KEY, sender TEXT NOT NULL, receiver TEXT NOT NULL, payload TEXT NOT NULL)',
)
const insert = db.prepare('INSERT INTO messages (sender, receiver, payload) VALUES (?, ?, ?)')
const [begin, commit] = [db.prepare('BEGIN IMMEDIATE'), db.prepare('COMMIT')]

/** One batch, one transaction, one fsync. */
parentPort?.on('message', (columns: readonly string[]) => {
  begin.run()
  for (let i = 0; i < columns.length; i += 3) insert.run(columns[i], columns[i + 1], columns[i + 2])
  commit.run()
  parentPort?.postMessage(null)
})
