import type { DocumentReader, DocumentStore } from '../../../ports/document-store.ts'
import { UnavailableError } from '../../../ports/errors/unavailable-error.ts'
import { isDamage, markingDamage } from './damage.ts'
import { createReader } from './document-reader.ts'
import { createWriter } from './document-writer.ts'
import { createStatements, type Statements } from './statements.ts'
import { isReplaced, openForReading, openForWriting, type ReadingFile, type Replaced } from './views-file.ts'

export interface EmbeddedDocuments extends DocumentStore {
  /** Set when the file had another format or was damaged, and was begun anew: tell the operator. */
  readonly replaced: Replaced | undefined
}

export interface EmbeddedDocumentReader extends DocumentReader {
  close(): Promise<void>
}

interface Place {
  readonly directory: string
}

interface ReaderPlace extends Place {
  /** What was read is damaged: the writer has to begin the file anew. */
  readonly onDamage?: (error: unknown) => void
}

/**
 * The read models of the embedded profile, in `<directory>/views.db` (SQLite, WAL). One writer; any number of
 * readers beside it, in other threads or processes, each of which sees whole batches. The checkpoint is in the
 * batch's transaction, so if a power cut loses the last batches (`synchronous = NORMAL`), they are only folded
 * again.
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
      // Readers may close after it, and cannot do this: a write-ahead log that is left says that nobody closed the
      // file properly.
      database.pragma('wal_checkpoint(TRUNCATE)')
      database.close()
    },
  }
}

const refused = (cause?: unknown) => new UnavailableError('The views are damaged and are made anew', { cause })

/**
 * A reader beside the writer. Everything is empty as long as the writer has not made the file. It notices that the
 * writer has replaced the file when a meta value is read, which is how the live collections are looked up. It
 * reports damage to `onDamage`, and from then on refuses everything until the writer has made another file, with
 * views in it.
 */
export const openEmbeddedDocumentReader = async ({
  directory,
  onDamage,
}: ReaderPlace): Promise<EmbeddedDocumentReader> => {
  let file: ReadingFile | undefined
  let statements: Statements | undefined
  let damaged = false
  const disconnect = (): void => {
    file?.database.close()
    file = undefined
    statements = undefined
    damaged = false
  }
  const connect = (): Statements | undefined => {
    file = openForReading(directory)
    statements = file === undefined ? undefined : createStatements(file.database)
    return statements
  }
  const connected = (): Statements | undefined => {
    if (damaged) throw refused()
    return statements ?? connect()
  }
  const telling = <Result>(work: () => Result): Result => {
    try {
      return markingDamage(directory, work)
    } catch (error) {
      if (onDamage === undefined || !isDamage(error)) throw error
      damaged = true
      onDamage(error)
      throw refused(error)
    }
  }
  const reader = createReader(connected, telling)
  return {
    ...reader,
    getMeta: (key) => {
      if (file !== undefined && isReplaced(directory, file)) disconnect()
      return reader.getMeta(key)
    },
    close: async () => disconnect(),
  }
}
