import type { DocumentReader, DocumentStore } from '../../../ports/document-store.ts'
import { markingDamage } from './damage.ts'
import { createReader } from './document-reader.ts'
import { createWriter } from './document-writer.ts'
import { createStatements, type Statements } from './statements.ts'
import { isReplaced, openForReading, openForWriting, type ReadingFile, type Replaced } from './views-file.ts'

export interface EmbeddedDocuments extends DocumentStore {
  /** Set when the file that was found was of another format or damaged and was begun anew: tell the operator. */
  readonly replaced: Replaced | undefined
}

export interface EmbeddedDocumentReader extends DocumentReader {
  close(): Promise<void>
}

interface Place {
  readonly directory: string
}

/**
 * The read models of the embedded profile, in `<directory>/views.db` (SQLite, WAL). One writer; any number of readers beside it,
 * in other threads or processes, each seeing whole batches. The checkpoint is in the batch's transaction, so losing the last
 * batches at a power cut (`synchronous = NORMAL`) only means to fold them again.
 */
export const openEmbeddedDocuments = async ({ directory }: Place): Promise<EmbeddedDocuments> => {
  const { database, replaced } = openForWriting(directory)
  const statements = createStatements(database)
  const writer = createWriter(database, statements)
  const marking = <Result>(work: () => Result): Result => markingDamage(directory, work)
  return {
    replaced,
    ...createReader(() => statements, marking),
    open: async (collection, options) => writer.open(collection, options?.deferIndexes ?? false),
    index: async (collection) => marking(() => writer.index(collection)),
    drop: async (collection) => writer.drop(collection),
    load: async (collection, keys) => marking(() => writer.load(collection, keys)),
    write: async (writes, meta) => marking(() => writer.write(writes, meta ?? {})),
    close: async () => {
      database.close()
    },
  }
}

/**
 * A reader beside the writer. Everything is empty as long as the writer has not made the file. A file that the writer replaced is
 * noticed when a meta value is read, which is how the live collections are looked up.
 */
export const openEmbeddedDocumentReader = async ({ directory }: Place): Promise<EmbeddedDocumentReader> => {
  let file: ReadingFile | undefined
  let statements: Statements | undefined
  const disconnect = (): void => {
    file?.database.close()
    file = undefined
    statements = undefined
  }
  const connect = (): Statements | undefined => {
    file = openForReading(directory)
    statements = file === undefined ? undefined : createStatements(file.database)
    return statements
  }
  const reader = createReader(
    () => statements ?? connect(),
    (work) => markingDamage(directory, work),
  )
  return {
    ...reader,
    getMeta: (key) => {
      if (file !== undefined && isReplaced(directory, file)) disconnect()
      return reader.getMeta(key)
    },
    close: async () => disconnect(),
  }
}
