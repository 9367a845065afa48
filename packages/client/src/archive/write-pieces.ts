import { fromBase64 } from '../encoding/base64.ts'
import type { StoreChange } from '../stores/client-store.ts'
import { sealPiece } from './archive-pieces.ts'
import type { ArchiveServer } from './archive-server.ts'
import { type ExportCursor, type ExportSources, exportRecords } from './export-records.ts'
import { pieceBatches } from './piece-batches.ts'

/** What is stored about an archive that this device writes. */
export interface Written {
  readonly archiveId: string
  readonly key: string
  readonly piece: number
  readonly cursor: ExportCursor
  readonly uploaded?: string | undefined
  readonly isWhole?: boolean | undefined
}

export interface WritePiecesDeps<State extends Written> {
  readonly userId: string
  readonly server: Pick<ArchiveServer, 'upload' | 'addPiece'>
  readonly sources: ExportSources
  readonly write: (changes: readonly StoreChange[]) => Promise<void>
  readonly keyOf: (archiveId: string) => string
  /** Repeats a step while its error is temporary. */
  readonly patiently: <Value>(step: () => Promise<Value>) => Promise<Value>
  readonly onPiece?: (state: State) => void
  /** Up to where conversations are left out, by id. Default: nothing is. */
  readonly marks?: ReadonlyMap<string, number>
  /** What is stored together with a piece, by the last revision of each conversation in it. */
  readonly alsoStored?: (reached: ReadonlyMap<string, number>) => readonly StoreChange[]
  /** More pieces will follow some day: none is the last, and an empty one is not written. */
  readonly isOpenEnded?: boolean
}

/**
 * Exports, seals, uploads and adds one piece after the other. The state is stored between the upload and the addition,
 * which may be repeated, so an interrupted export goes on where it was. Resolves with the state after the last piece.
 */
export const writePieces = async <State extends Written>(deps: WritePiecesDeps<State>, from: State): Promise<State> => {
  const { userId, server, write, keyOf, patiently, onPiece, marks, alsoStored, isOpenEnded = false } = deps
  let state = from
  const add = async () => {
    const { archiveId, piece, uploaded } = state
    if (uploaded !== undefined) await patiently(() => server.addPiece(archiveId, piece - 1, uploaded))
    onPiece?.(state)
  }
  await add()
  if (state.isWhole) return state
  const key = fromBase64(state.key)
  const records = exportRecords(deps.sources, state.cursor, marks)
  for await (const batch of pieceBatches(records, state.cursor)) {
    if (isOpenEnded && batch.lines.length === 0) return state
    const { archiveId, piece } = state
    const sealed = await sealPiece(key, { userId, archiveId, piece }, batch.lines, batch.last && !isOpenEnded)
    const uploaded = await patiently(() => server.upload(sealed))
    state = { ...state, piece: piece + 1, cursor: batch.after, uploaded, isWhole: batch.last }
    await write([...(alsoStored?.(batch.reached) ?? []), { key: keyOf(archiveId), value: state }])
    await add()
  }
  return state
}
