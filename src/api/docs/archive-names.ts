import {
  archive,
  archiveList,
  archiveManifest,
  archivePiece,
  archivePieces,
  newArchive,
  newArchivePiece,
} from '@backscroll/protocol/rest/archives'

/** What the documents call the schemas of archives. */
export const archiveNames = {
  NewArchive: newArchive,
  Archive: archive,
  ArchiveList: archiveList,
  ArchiveManifest: archiveManifest,
  NewArchivePiece: newArchivePiece,
  ArchivePiece: archivePiece,
  ArchivePieces: archivePieces,
}
