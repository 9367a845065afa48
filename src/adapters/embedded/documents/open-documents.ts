import type { Database } from 'better-sqlite3'
import type { DocumentReader, DocumentStore } from '../../../ports/document-store.ts'
import { createReader } from './document-reader.ts'
import { createWriter } from './document-writer.ts'
import { createStatements, type Statements } from './statements.ts'
import { openForReading, openForWriting, type Replaced } from './views-file.ts'

export interface EmbeddedDocuments extends DocumentStore {
  /** Set when the file that was found was of another format or damaged and was begun anew: tell the operator. */
  readonly replaced: Replaced | undefined
}

export interface EmbeddedDocumentReader extends DocumentReader {
  close(): Promise<void>
}

/**
 * The read models of the embedded profile, in `<directory>/views.db` (SQLite, WAL). One writer; any number of readers beside it,
 * in other threads or processes, each seeing whole batches. The checkpoint is in the batch's transaction, so losing the last
 * batches at a power cut (`synchronous = NORMAL`) only means to fold them again.
 */
export const openEmbeddedDocuments = async ({
  directory,
}: {
  readonly directory: string
}): Promise<EmbeddedDocuments> => {
  const { database, replaced } = openForWriting(directory)
  const statements = createStatements(database)
  const writer = createWriter(database, statements)
  return {
    replaced,
    ...createReader(() => statements),
    open: async (collection, options) => writer.open(collection, options?.deferIndexes ?? false),
    index: async (collection) => writer.index(collection),
    drop: async (collection) => writer.drop(collection),
    load: async (collection, keys) => writer.load(collection, keys),
    write: async (writes, meta) => writer.write(writes, meta ?? {}),
    close: async () => {
      database.close()
    },
  }
}

/** A reader beside the writer. Everything is empty as long as the writer has not made the file. */
export const openEmbeddedDocumentReader = async ({
  directory,
}: {
  readonly directory: string
}): Promise<EmbeddedDocumentReader> => {
  let database: Database | undefined
  let statements: Statements | undefined
  const connect = (): Statements | undefined => {
    database = openForReading(directory)
    statements = database === undefined ? undefined : createStatements(database)
    return statements
  }
  return {
    ...createReader(() => statements ?? connect()),
    close: async () => {
      database?.close()
    },
  }
}
