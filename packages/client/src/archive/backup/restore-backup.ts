import type { Archive } from '@backscroll/protocol/rest/archives'
import { fromBase64 } from '../../encoding/base64.ts'
import { BackscrollError } from '../../errors/backscroll-error.ts'
import { E2eeError } from '../../errors/e2ee-error.ts'
import type { StoreChange } from '../../stores/client-store.ts'
import type { ArchiveKeyPair } from '../archive-keys.ts'
import { openPiece } from '../archive-pieces.ts'
import type { ArchiveServer, ListedPiece } from '../archive-server.ts'
import type { ImportRecords } from '../import-records.ts'
import { openBackup } from './backup-keys.ts'
import { type Restoring, restoringKey } from './backup-records.ts'

export interface RestoreBackupDeps {
  readonly userId: string
  readonly server: ArchiveServer
  readonly identityKey: () => string
  readonly importRecords: ImportRecords
  readonly write: (changes: readonly StoreChange[]) => Promise<void>
  readonly patiently: <Value>(step: () => Promise<Value>) => Promise<Value>
  readonly onPiece: (state: Restoring) => void
}

/** The user's complete backup, if there is one. */
export const completeBackup = (archives: readonly Archive[]): Archive | undefined =>
  archives.findLast(({ kind, complete, manifest }) => kind === 'backup' && complete && manifest !== null)

export const createRestoreBackup = (deps: RestoreBackupDeps) => {
  const { userId, server, write, patiently } = deps

  const take = async (state: Restoring, listed: ListedPiece): Promise<Restoring> => {
    const { archiveId, piece } = state
    if (listed.piece !== piece) throw new E2eeError('bad_archive', { reason: 'order', piece: listed.piece })
    const sealed = await patiently(() => server.download(listed))
    const { records } = await openPiece(fromBase64(state.key), { userId, archiveId, piece }, sealed)
    const { changes, messages } = await deps.importRecords(records)
    const next = { ...state, piece: piece + 1, messages: state.messages + messages }
    await write([...changes, { key: restoringKey, value: next }])
    deps.onPiece(next)
    return next
  }
  return {
    /** Opens what the server has. Rejects with `not_found` where there is none, and with `bad_archive`. */
    begin: async (keys: ArchiveKeyPair): Promise<Restoring> => {
      const found = completeBackup(await server.list())
      if (found === undefined || found.manifest === null) throw new BackscrollError('not_found')
      const { archiveId } = found
      const { key, pieces, at } = await openBackup(keys, { userId, archiveId }, deps.identityKey(), found.manifest)
      const state = { archiveId, key, pieces, piece: 0, messages: 0, at, publicKey: keys.publicKey }
      await write([{ key: restoringKey, value: state }])
      return state
    },
    /** Reads what is missing. Throws `bad_archive`. */
    finish: async (from: Restoring): Promise<Restoring> => {
      let state = from
      while (state.piece < state.pieces) {
        const page = await patiently(() => server.pieces(state.archiveId, state.piece))
        if (page.length === 0) throw new E2eeError('bad_archive', { reason: 'truncated' })
        for (const one of page) if (state.piece < state.pieces) state = await take(state, one)
      }
      return state
    },
    forget: () => write([{ key: restoringKey, value: undefined }]),
  }
}
