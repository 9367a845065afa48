import { ProtocolError } from '@backscroll/protocol/errors'
import { limits } from '@backscroll/protocol/limits'
import type { ArchiveManifest, NewArchive } from '@backscroll/protocol/rest/archives'
import type { Actor } from '../domain/ids.ts'
import type { ArchivePiece, ArchiveRecords, StoredArchive } from '../ports/archive-records.ts'

/** The archives of one user: a transfer for each device, and backups. */
const mostArchives = 40

/** After this time another device may go on with a transfer. Milliseconds. */
const writerLeaseMs = 600_000

export interface ArchivesDeps {
  readonly records: ArchiveRecords
  readonly now: () => number
}

/** Archives of a user's history, which only the user's devices read and write. Rejects with `ProtocolError`. */
export const createArchives = ({ records, now }: ArchivesDeps) => {
  const find = async (userId: string, archiveId: string): Promise<StoredArchive> => {
    const found = (await records.archives(userId)).find((one) => one.archiveId === archiveId)
    if (found === undefined) throw new ProtocolError('not_found')
    return found
  }

  return {
    open: async ({ userId, deviceId }: Actor, archiveId: string, wanted: NewArchive): Promise<StoredArchive> => {
      const { key, signature } = wanted.kind === 'transfer' ? wanted : { key: null, signature: null }
      const [createdAt, writerId] = [now(), wanted.kind === 'backup' ? deviceId : null]
      const facts = { archiveId, userId, kind: wanted.kind, deviceId, writerId, key, signature }
      const record = { ...facts, manifest: null, complete: false, createdAt, changedAt: createdAt }
      const outcome = await records.openArchive(record, mostArchives)
      if (outcome === 'taken') throw new ProtocolError('archive_taken')
      if (outcome === 'full') throw new ProtocolError('archive_limit', undefined, { details: { most: mostArchives } })
      return find(userId, archiveId)
    },
    list: (userId: string): Promise<readonly StoredArchive[]> => records.archives(userId),
    writeManifest: async (
      { userId, deviceId }: Actor,
      archiveId: string,
      { manifest, complete }: ArchiveManifest,
    ): Promise<void> => {
      const at = now()
      const write = { userId, archiveId, deviceId, manifest, complete, at, idleSince: at - writerLeaseMs }
      const outcome = await records.writeManifest(write)
      if (outcome === 'missing') throw new ProtocolError('not_found')
      if (outcome === 'taken') throw new ProtocolError('archive_taken')
    },
    addPiece: async (
      { userId, deviceId }: Actor,
      archiveId: string,
      { piece, mediaId }: Pick<ArchivePiece, 'piece' | 'mediaId'>,
    ): Promise<void> => {
      const most = { pieces: limits.archive.pieces, bytes: limits.archive.pieceBytes }
      const outcome = await records.addPiece({ userId, archiveId, deviceId, at: now(), piece, mediaId, most })
      if (outcome === 'added') return
      if (outcome === 'missing') throw new ProtocolError('not_found')
      if (outcome === 'taken') throw new ProtocolError('archive_taken')
      if (outcome === 'unknown_media') throw new ProtocolError('unknown_media')
      if (outcome === 'full') throw new ProtocolError('archive_limit', undefined, { details: { most: most.pieces } })
      throw new ProtocolError('archive_piece', undefined, { details: { next: outcome.next } })
    },
    pieces: async (userId: string, archiveId: string, from: number): Promise<readonly ArchivePiece[]> => {
      await find(userId, archiveId)
      return records.archivePieces(archiveId, from, limits.archive.page)
    },
    remove: async (userId: string, archiveId: string): Promise<void> => {
      if (!(await records.removeArchive(userId, archiveId))) throw new ProtocolError('not_found')
    },
  }
}
