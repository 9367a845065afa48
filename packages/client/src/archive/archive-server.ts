import { limits } from '@backscroll/protocol/limits'
import {
  type Archive,
  type ArchiveManifest,
  archive,
  archiveList,
  archivePieces,
  type NewArchive,
} from '@backscroll/protocol/rest/archives'
import { done } from '@backscroll/protocol/rest/done'
import { storedMedia } from '@backscroll/protocol/rest/media'
import type { z } from 'zod'
import { E2eeError } from '../errors/e2ee-error.ts'
import { bodyOf, jsonOf, refusalBytes } from '../rest/bounded-body.ts'
import type { RawRest, Rest } from '../rest/rest-client.ts'

export type ListedPiece = z.output<typeof archivePieces>['pieces'][number]

/** The server's side of archives: requests that may each be repeated. */
export interface ArchiveServer {
  list(): Promise<readonly Archive[]>
  open(archiveId: string, wanted: NewArchive): Promise<Archive>
  writeManifest(archiveId: string, manifest: ArchiveManifest): Promise<void>
  /** Uploads sealed bytes. Resolves with the id of the file. */
  upload(sealed: Uint8Array): Promise<string>
  addPiece(archiveId: string, piece: number, mediaId: string): Promise<void>
  pieces(archiveId: string, from: number): Promise<readonly ListedPiece[]>
  /** Throws `bad_archive` for more bytes than a piece may have. */
  download(piece: ListedPiece): Promise<Uint8Array>
  remove(archiveId: string): Promise<void>
}

const tooLarge = (piece: number) => new E2eeError('bad_archive', { reason: 'size', piece })

export const createArchiveServer = (rest: Rest & RawRest): ArchiveServer => {
  const pathOf = (archiveId: string) => `/archives/${encodeURIComponent(archiveId)}`
  const put = async (path: string, body: object) => void (await rest.read({ method: 'PUT', path, body, schema: done }))
  return {
    list: async () => (await rest.read({ path: '/archives', schema: archiveList })).archives,
    open: (id, body) => rest.read({ method: 'PUT', path: pathOf(id), body, schema: archive }),
    writeManifest: (id, manifest) => put(`${pathOf(id)}/manifest`, manifest),
    upload: async (bytes) => {
      const headers = { 'content-type': 'application/octet-stream' }
      const response = await rest.raw({ method: 'POST', path: '/media/upload', headers, bytes })
      return storedMedia.parse(await jsonOf(response, refusalBytes)).mediaId
    },
    addPiece: (id, piece, mediaId) => put(`${pathOf(id)}/pieces/${piece}`, { mediaId }),
    pieces: async (id, from) =>
      (await rest.read({ path: `${pathOf(id)}/pieces`, query: { from }, schema: archivePieces })).pieces,
    download: async ({ mediaId, size, piece }) => {
      if (size > limits.archive.pieceBytes) throw tooLarge(piece)
      const path = `/media/${encodeURIComponent(mediaId)}`
      return bodyOf(await rest.raw({ method: 'GET', path, headers: {}, follow: true }), size, () => tooLarge(piece))
    },
    remove: async (id) => void (await rest.read({ method: 'DELETE', path: pathOf(id), schema: done })),
  }
}
