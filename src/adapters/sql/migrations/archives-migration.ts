import type { Transaction } from 'kysely'

export interface ArchiveRow {
  archive_id: string
  user_id: string
  kind: string
  device_id: string
  writer_id: string | null
  key: string | null
  signature: string | null
  manifest: string | null
  /** The number and the bytes of its pieces. */
  pieces: number
  bytes: number
  complete: number
  created_at: number
  changed_at: number
}

export interface ArchivePieceRow {
  archive_id: string
  piece: number
  media_id: string
  user_id: string
}

/** Archives of users' histories. Their pieces are uploaded files. */
export const createArchivesTables = async (db: Pick<Transaction<unknown>, 'schema'>): Promise<void> => {
  await db.schema
    .createTable('archives')
    .addColumn('archive_id', 'text', (column) => column.primaryKey())
    .addColumn('user_id', 'text', (column) => column.notNull())
    .addColumn('kind', 'text', (column) => column.notNull())
    .addColumn('device_id', 'text', (column) => column.notNull())
    .addColumn('writer_id', 'text')
    .addColumn('key', 'text')
    .addColumn('signature', 'text')
    .addColumn('manifest', 'text')
    .addColumn('pieces', 'integer', (column) => column.notNull())
    .addColumn('bytes', 'bigint', (column) => column.notNull())
    .addColumn('complete', 'integer', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('changed_at', 'bigint', (column) => column.notNull())
    .execute()
  await db.schema.createIndex('archives_by_user').on('archives').column('user_id').execute()
  await db.schema
    .createTable('archive_pieces')
    .addColumn('archive_id', 'text', (column) => column.notNull())
    .addColumn('piece', 'integer', (column) => column.notNull())
    .addColumn('media_id', 'text', (column) => column.notNull().unique())
    .addColumn('user_id', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('archive_pieces_key', ['archive_id', 'piece'])
    .execute()
}
