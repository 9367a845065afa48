import type { Time } from './time.ts'

/** An archive of a user's history, without its pieces. Part of the accounts database. */
export interface ArchiveRecord {
  readonly archiveId: string
  readonly userId: string
  readonly kind: 'transfer' | 'backup'
  /** The device that opened it. */
  readonly deviceId: string
  readonly writerId: string | null
  readonly key: string | null
  readonly signature: string | null
  readonly manifest: string | null
  readonly complete: boolean
  readonly createdAt: Time
  /** When a device last wrote to it. */
  readonly changedAt: Time
}

export interface StoredArchive extends ArchiveRecord {
  readonly pieces: number
  readonly bytes: number
}

export interface ArchivePiece {
  readonly piece: number
  readonly mediaId: string
  readonly size: number
}

export interface ArchiveWrite {
  readonly userId: string
  readonly archiveId: string
  readonly deviceId: string
  readonly at: Time
}

export interface ManifestWrite extends ArchiveWrite {
  readonly manifest: string
  readonly complete: boolean
  /** Another device may go on with a transfer whose writer has written nothing since. */
  readonly idleSince: Time
}

export interface PieceWrite extends ArchiveWrite {
  readonly piece: number
  readonly mediaId: string
  /** Pieces of one archive, and bytes of one piece. */
  readonly most: { readonly pieces: number; readonly bytes: number }
}

export type PieceOutcome = 'added' | 'missing' | 'taken' | 'full' | 'unknown_media' | { readonly next: number }

/**
 * Pieces are complete uploads of the user that no message names. Removing an archive removes their bytes with the next
 * sweep of files; until then they cannot be read and do not count.
 */
export interface ArchiveRecords {
  /**
   * Replaces the transfer that the device asked for before, and a backup that it did not complete. Opening the same
   * archive again changes nothing. `taken`: the id belongs to another archive. `full`: the user has `most` archives.
   */
  openArchive(record: ArchiveRecord, most: number): Promise<'opened' | 'taken' | 'full'>
  /** Oldest first. */
  archives(userId: string): Promise<readonly StoredArchive[]>
  /**
   * A transfer is written by one other device of the user, a backup by the device that opened it. Another manifest
   * begins a transfer anew, without pieces. A complete backup replaces the user's other backups.
   */
  writeManifest(write: ManifestWrite): Promise<'written' | 'missing' | 'taken'>
  /** `next`: another piece is due. Adding the same piece again changes nothing. */
  addPiece(write: PieceWrite): Promise<PieceOutcome>
  archivePieces(archiveId: string, from: number, limit: number): Promise<readonly ArchivePiece[]>
  /** False when the user has no such archive. */
  removeArchive(userId: string, archiveId: string): Promise<boolean>
}
