import { toBase64 } from '../../encoding/base64.ts'
import type { StoreChange } from '../../stores/client-store.ts'
import type { Device } from '../../trust/device-certificate.ts'
import { newArchiveId, newArchiveKey } from '../archive-keys.ts'
import type { ArchiveServer } from '../archive-server.ts'
import type { ExportSources } from '../export-records.ts'
import { writePieces } from '../write-pieces.ts'
import { sealBackup } from './backup-keys.ts'
import { markKey, type WrittenBackup, writtenKey } from './backup-records.ts'

export interface WriteBackupDeps {
  readonly userId: string
  readonly stored: ReadonlyMap<string, unknown>
  readonly server: ArchiveServer
  readonly sources: ExportSources
  readonly device: () => Device
  /** Brings this device up to date with deletions, and removes what has expired. */
  readonly settle: () => Promise<void>
  readonly write: (changes: readonly StoreChange[]) => Promise<void>
  readonly patiently: <Value>(step: () => Promise<Value>) => Promise<Value>
  readonly now: () => number
}

const loadMarks = (stored: ReadonlyMap<string, unknown>): Map<string, number> =>
  new Map(
    [...stored].flatMap(([key, value]) =>
      key.startsWith(markKey('')) && typeof value === 'number' ? [[key.slice(markKey('').length), value]] : [],
    ),
  )

/** Writes the user's backup: everything at first, and then what is new. */
export const createWriteBackup = (deps: WriteBackupDeps) => {
  const { userId, server, sources, device, write, patiently, now } = deps
  const marks = loadMarks(deps.stored)

  const forgetMarks = (): readonly StoreChange[] => {
    const changes = [...marks.keys()].map((id) => ({ key: markKey(id), value: undefined }))
    marks.clear()
    return changes
  }
  const mark = (reached: ReadonlyMap<string, number>): readonly StoreChange[] => {
    for (const [id, revision] of reached) marks.set(id, revision)
    return [...reached].map(([id, value]) => ({ key: markKey(id), value }))
  }
  /** Without names and keys of groups: those are in the first pieces. */
  const news: ExportSources = { plaintexts: sources.plaintexts, profiles: () => [], groupKeys: () => [] }

  return {
    /** A new archive, without pieces, which the server learns of later. What the server keeps is replaced when the new one is complete. */
    begin: async (publicKey: string): Promise<WrittenBackup> => {
      const begunAt = Math.round(now())
      const key = toBase64(newArchiveKey())
      const state = { publicKey, archiveId: newArchiveId(), key, piece: 0, cursor: { at: 'start' } as const, begunAt }
      await write([...forgetMarks(), { key: writtenKey, value: state }])
      return state
    },
    /** Adds what is new, and says so in the manifest. */
    add: async (from: WrittenBackup): Promise<WrittenBackup> => {
      await deps.settle()
      const { archiveId, key, publicKey, completeAt } = from
      await patiently(() => server.open(archiveId, { kind: 'backup' }))
      const written = await writePieces<WrittenBackup>(
        {
          ...{ userId, server, write, patiently, marks, alsoStored: mark, isOpenEnded: true },
          sources: completeAt === undefined ? sources : news,
          keyOf: () => writtenKey,
        },
        { ...from, isWhole: false },
      )
      const at = Math.round(now())
      const what = { key, pieces: written.piece, at }
      const manifest = await sealBackup(device(), { userId, archiveId }, publicKey, what)
      await patiently(() => server.writeManifest(archiveId, { manifest, complete: true }))
      const next: WrittenBackup = { ...written, cursor: { at: 'start' }, uploaded: undefined, completeAt: at }
      await write([{ key: writtenKey, value: next }])
      return next
    },
    forget: async (): Promise<void> => write([...forgetMarks(), { key: writtenKey, value: undefined }]),
  }
}
