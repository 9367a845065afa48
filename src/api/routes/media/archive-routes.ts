import {
  archive,
  archiveList,
  archiveManifest,
  archiveParams,
  archivePieceParams,
  archivePieces,
  archivePiecesQuery,
  newArchive,
  newArchivePiece,
} from '@backscroll/protocol/rest/archives'
import { done } from '@backscroll/protocol/rest/done'
import type { StoredArchive } from '../../../ports/archive-records.ts'
import { doneAfter } from '../../answers/done-after.ts'
import { responses } from '../../answers/route-responses.ts'
import type { Api, ApiDeps } from '../../api-deps.ts'
import { accessOf, actorOf } from '../../requests/request-access.ts'

const tags = ['archives']

const shown = ({ userId: _own, ...rest }: StoredArchive) => rest

/** [H1] Archives of the user's own history. */
export const archiveRoutes = (app: Api, { media: { archives } }: ApiDeps): void => {
  app.get(
    '/archives',
    {
      schema: {
        tags,
        operationId: 'listArchives',
        summary: 'List the archives of your history: transfers to your new devices, and backups',
        response: responses(archiveList),
      },
    },
    async (request) => ({ archives: (await archives.list(accessOf(request).userId)).map(shown) }),
  )

  app.put(
    '/archives/:archiveId',
    {
      schema: {
        tags,
        operationId: 'openArchive',
        summary: 'Ask your other devices for the history, or begin a backup, under an id of your own',
        params: archiveParams,
        body: newArchive,
        response: responses(archive, 409),
      },
    },
    async (request) => shown(await archives.open(actorOf(request), request.params.archiveId, request.body)),
  )

  app.put(
    '/archives/:archiveId/manifest',
    {
      schema: {
        tags,
        operationId: 'writeArchiveManifest',
        summary: 'Write what opens the pieces of an archive, sealed; another manifest begins a transfer anew',
        params: archiveParams,
        body: archiveManifest,
        response: responses(done, 404, 409),
      },
    },
    (request) => doneAfter(archives.writeManifest(actorOf(request), request.params.archiveId, request.body)),
  )

  app.put(
    '/archives/:archiveId/pieces/:piece',
    {
      schema: {
        tags,
        operationId: 'addArchivePiece',
        summary: 'Add an uploaded file as the next piece of an archive',
        params: archivePieceParams,
        body: newArchivePiece,
        response: responses(done, 404, 409),
      },
    },
    (request) => {
      const { archiveId, piece } = request.params
      const added = { piece: Number(piece), mediaId: request.body.mediaId }
      return doneAfter(archives.addPiece(actorOf(request), archiveId, added))
    },
  )

  app.get(
    '/archives/:archiveId/pieces',
    {
      schema: {
        tags,
        operationId: 'listArchivePieces',
        summary: 'List the pieces of an archive in their order; GET /media/{mediaId} has their bytes',
        params: archiveParams,
        querystring: archivePiecesQuery,
        response: responses(archivePieces, 404),
      },
    },
    async (request) => {
      const { userId } = accessOf(request)
      return { pieces: [...(await archives.pieces(userId, request.params.archiveId, request.query.from))] }
    },
  )

  app.delete(
    '/archives/:archiveId',
    {
      schema: {
        tags,
        operationId: 'deleteArchive',
        summary: 'Delete an archive with its pieces',
        params: archiveParams,
        response: responses(done, 404),
      },
    },
    (request) => doneAfter(archives.remove(accessOf(request).userId, request.params.archiveId)),
  )
}
