import type {
  ArchiveRecord,
  ArchiveRecords,
  ArchiveWrite,
  ManifestWrite,
  PieceOutcome,
  PieceWrite,
  StoredArchive,
} from '../../../ports/archive-records.ts'
import { onUser } from '../database/in-transaction.ts'
import type { ArchiveRow } from '../migrations/archives-migration.ts'
import type { Database, Write } from '../tables.ts'

/** How long an archive that is not a complete backup is kept after it was last written to. Milliseconds. */
const idleLifeMs = 7 * 86_400_000

const rowOf = (record: ArchiveRecord): ArchiveRow => ({
  archive_id: record.archiveId,
  user_id: record.userId,
  kind: record.kind,
  device_id: record.deviceId,
  writer_id: record.writerId,
  key: record.key,
  signature: record.signature,
  manifest: record.manifest,
  pieces: 0,
  bytes: 0,
  complete: record.complete ? 1 : 0,
  created_at: record.createdAt,
  changed_at: record.changedAt,
})

/** PostgreSQL answers with large integers as text. */
const archiveOf = (row: ArchiveRow): StoredArchive => ({
  archiveId: row.archive_id,
  userId: row.user_id,
  kind: row.kind === 'backup' ? 'backup' : 'transfer',
  deviceId: row.device_id,
  writerId: row.writer_id,
  key: row.key,
  signature: row.signature,
  manifest: row.manifest,
  complete: row.complete === 1,
  createdAt: Number(row.created_at),
  changedAt: Number(row.changed_at),
  pieces: row.pieces,
  bytes: Number(row.bytes),
})

const archivesOf = async (db: Database | Write, userId: string): Promise<readonly StoredArchive[]> => {
  const rows = await db
    .selectFrom('archives')
    .selectAll()
    .where('user_id', '=', userId)
    .orderBy('created_at')
    .orderBy('archive_id')
    .execute()
  return rows.map(archiveOf)
}

const rowIn = (write: Write, userId: string, archiveId: string): Promise<ArchiveRow | undefined> =>
  write
    .selectFrom('archives')
    .selectAll()
    .where('archive_id', '=', archiveId)
    .where('user_id', '=', userId)
    .executeTakeFirst()

const deletePieces = async (write: Write, archiveId: string): Promise<void> => {
  const pieces = write.selectFrom('archive_pieces').select('media_id').where('archive_id', '=', archiveId)
  await write.updateTable('media').set({ retired: 1 }).where('id', 'in', pieces).where('named_at', 'is', null).execute()
  await write.deleteFrom('archive_pieces').where('archive_id', '=', archiveId).execute()
}

const deleteArchive = async (write: Write, archiveId: string): Promise<void> => {
  await deletePieces(write, archiveId)
  await write.deleteFrom('archives').where('archive_id', '=', archiveId).execute()
}

/** Transfers that nobody finishes or fetches, and backups that were never complete. */
export const deleteIdleArchives = async (write: Write, now: number): Promise<void> => {
  const idle = await write
    .selectFrom('archives')
    .select('archive_id')
    .where('changed_at', '<', now - idleLifeMs)
    .where((is) => is.or([is('kind', '=', 'transfer'), is('complete', '=', 0)]))
    .execute()
  for (const { archive_id: id } of idle) await deleteArchive(write, id)
}

/** A device asks for one transfer at a time, and writes one backup besides its complete one. */
const isReplacedBy = (old: StoredArchive, { archiveId, kind, deviceId }: ArchiveRecord): boolean =>
  old.archiveId !== archiveId && old.kind === kind && old.deviceId === deviceId && !(kind === 'backup' && old.complete)

const openArchive = async (write: Write, record: ArchiveRecord, most: number) => {
  const known = await archivesOf(write, record.userId)
  const same = known.find(({ archiveId }) => archiveId === record.archiveId)
  const { kind, deviceId, key } = record
  if (same !== undefined)
    return same.kind === kind && same.deviceId === deviceId && same.key === key ? 'opened' : 'taken'
  const replaced = known.filter((old) => isReplacedBy(old, record))
  if (known.length - replaced.length >= most) return 'full'
  for (const { archiveId } of replaced) await deleteArchive(write, archiveId)
  const inserted = await write
    .insertInto('archives')
    .values(rowOf(record))
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst()
  return inserted.numInsertedOrUpdatedRows === 1n ? 'opened' : 'taken'
}

const mayWrite = (row: ArchiveRow, deviceId: string, idleSince: number): boolean => {
  if (row.kind === 'backup') return row.device_id === deviceId
  if (row.device_id === deviceId) return false
  return row.writer_id === null || row.writer_id === deviceId || Number(row.changed_at) < idleSince
}

const changeRow = (write: Write, { archiveId, at }: ArchiveWrite, change: Partial<ArchiveRow>) =>
  write
    .updateTable('archives')
    .set({ changed_at: at, ...change })
    .where('archive_id', '=', archiveId)
    .execute()

const writeManifest = async (write: Write, wanted: ManifestWrite) => {
  const { userId, archiveId, deviceId, manifest, complete, idleSince } = wanted
  const row = await rowIn(write, userId, archiveId)
  if (row === undefined) return 'missing'
  if (!mayWrite(row, deviceId, idleSince)) return 'taken'
  const isAnew = row.kind === 'transfer' && row.manifest !== manifest
  if (isAnew) await deletePieces(write, archiveId)
  const none = isAnew ? { pieces: 0, bytes: 0 } : {}
  await changeRow(write, wanted, { writer_id: deviceId, manifest, complete: complete ? 1 : 0, ...none })
  if (row.kind === 'transfer' || !complete) return 'written'
  for (const other of await archivesOf(write, userId))
    if (other.kind === 'backup' && other.archiveId !== archiveId) await deleteArchive(write, other.archiveId)
  return 'written'
}

/** The size of a complete file of the user that no message names and no archive has. */
const freeSize = async (write: Write, { userId, mediaId, most }: PieceWrite): Promise<number | undefined> => {
  const file = await write
    .selectFrom('media')
    .leftJoin('archive_pieces', 'archive_pieces.media_id', 'media.id')
    .select('media.size')
    .where('media.id', '=', mediaId)
    .where('media.user_id', '=', userId)
    .where('retired', '=', 0)
    .where('hash', 'is not', null)
    .where('named_at', 'is', null)
    .where('archive_id', 'is', null)
    .executeTakeFirst()
  const size = Number(file?.size ?? Number.POSITIVE_INFINITY)
  return size <= most.bytes ? size : undefined
}

const hasPiece = async (write: Write, archiveId: string, piece: number, mediaId: string): Promise<boolean> =>
  (await write
    .selectFrom('archive_pieces')
    .select('piece')
    .where('archive_id', '=', archiveId)
    .where('piece', '=', piece)
    .where('media_id', '=', mediaId)
    .executeTakeFirst()) !== undefined

const addPiece = async (write: Write, wanted: PieceWrite): Promise<PieceOutcome> => {
  const { userId, archiveId, deviceId, piece, mediaId, most } = wanted
  const row = await rowIn(write, userId, archiveId)
  if (row === undefined) return 'missing'
  if (row.writer_id !== deviceId) return 'taken'
  if (await hasPiece(write, archiveId, piece, mediaId)) return 'added'
  if (piece !== row.pieces) return { next: row.pieces }
  if (row.pieces >= most.pieces) return 'full'
  const size = await freeSize(write, wanted)
  if (size === undefined) return 'unknown_media'
  const added = { archive_id: archiveId, piece, media_id: mediaId, user_id: userId }
  await write.insertInto('archive_pieces').values(added).execute()
  await changeRow(write, wanted, { pieces: row.pieces + 1, bytes: Number(row.bytes) + size })
  return 'added'
}

export const createArchiveRecords = (db: Database): ArchiveRecords => ({
  openArchive: (record, most) => onUser(db, record.userId, (write) => openArchive(write, record, most)),
  archives: (userId) => archivesOf(db, userId),
  writeManifest: (wanted) => onUser(db, wanted.userId, (write) => writeManifest(write, wanted)),
  addPiece: (wanted) => onUser(db, wanted.userId, (write) => addPiece(write, wanted)),
  archivePieces: async (archiveId, from, limit) => {
    const rows = await db
      .selectFrom('archive_pieces')
      .innerJoin('media', 'media.id', 'archive_pieces.media_id')
      .select(['piece', 'media_id', 'size'])
      .where('archive_id', '=', archiveId)
      .where('piece', '>=', from)
      .orderBy('piece')
      .limit(limit)
      .execute()
    return rows.map(({ piece, media_id, size }) => ({ piece, mediaId: media_id, size: Number(size) }))
  },
  removeArchive: (userId, archiveId) =>
    onUser(db, userId, async (write) => {
      if ((await rowIn(write, userId, archiveId)) === undefined) return false
      await deleteArchive(write, archiveId)
      return true
    }),
})
