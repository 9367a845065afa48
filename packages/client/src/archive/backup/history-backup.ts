import { BackscrollError, shownError } from '../../errors/backscroll-error.ts'
import type { BackupStatus } from '../../events/history-backup.ts'
import type { ImportRecords } from '../import-records.ts'
import { backupKeyPair } from './backup-keys.ts'
import { type Restoring, restoring, restoringKey, type WrittenBackup, written, writtenKey } from './backup-records.ts'
import { completeBackup, createRestoreBackup } from './restore-backup.ts'
import { createWriteBackup, type WriteBackupDeps } from './write-backup.ts'

/** The message history at the server, for whom all devices are lost. Only the recovery key opens it. */
export interface ClientBackup {
  readonly backup: {
    /** A `backup` signal tells each change. */
    status(): Promise<BackupStatus>
    /**
     * From now on this device keeps a backup, instead of any other device. Throws `bad_recovery_key` and `wrong_key` for
     * a key that is not the user's.
     */
    enable(recoveryKey: string): Promise<void>
    /** Deletes the backup, whichever device wrote it. */
    disable(): Promise<void>
    /** Backs up what is new. It also happens by itself, once an hour and with each connection. */
    update(): Promise<void>
    /**
     * Reads the backup, and keeps it from then on. `recover` does so by itself. Rejects with `not_found` where there
     * is none; the rest goes on in the background, and `status` tells how far it is.
     */
    restore(recoveryKey: string): Promise<void>
  }
}

export interface HistoryBackupDeps extends WriteBackupDeps {
  readonly identityKey: () => string
  readonly importRecords: ImportRecords
  /** Rejects unless the recovery key opens the user's recovery record. */
  readonly checkRecoveryKey: (recoveryKey: string) => Promise<void>
  readonly isLive: () => boolean
  readonly isClosed: () => boolean
  /** Older devices still give this one their history: a backup would be less than theirs. */
  readonly isReceiving: () => Promise<boolean>
  /** Erases what was deleted or has expired since the backup was written. */
  readonly settleRestored: (since: number) => Promise<void>
  readonly tell: (status: BackupStatus) => void
  readonly warn: (reason: string) => void
  readonly onImported: () => void
  readonly onError: (thrown: unknown) => void
}

/** After this time a backup is written anew, without what was deleted or has expired. Milliseconds. */
const compactAfterMs = 30 * 86_400_000

export const createHistoryBackup = (deps: HistoryBackupDeps) => {
  const { userId, stored, server, now, patiently } = deps
  const writing = createWriteBackup(deps)
  const reading = createRestoreBackup({
    ...deps,
    onPiece: (state) => {
      job = state
      deps.onImported()
      tell()
    },
  })
  let mine: WrittenBackup | undefined = written.safeParse(stored.get(writtenKey)).data
  let job: Restoring | undefined = restoring.safeParse(stored.get(restoringKey)).data
  let other: BackupStatus = { name: 'off' }
  let failed: string | undefined

  const status = (): BackupStatus => {
    if (job !== undefined) return { name: 'restoring', piece: job.piece, pieces: job.pieces, messages: job.messages }
    if (mine === undefined) return other
    return { name: 'on', completeAt: mine.completeAt, pieces: mine.piece, failed }
  }
  const tell = () => deps.tell(status())

  const lookElsewhere = async () => {
    const found = completeBackup(await server.list())
    other =
      found === undefined
        ? { name: 'off' }
        : { name: 'elsewhere', deviceId: found.deviceId, completeAt: found.changedAt }
  }
  const isOld = ({ begunAt }: WrittenBackup): boolean => now() - begunAt > compactAfterMs

  const write = async (state: WrittenBackup): Promise<void> => {
    const isThere = (await patiently(server.list)).some(({ archiveId }) => archiveId === state.archiveId)
    if (!isThere && state.completeAt !== undefined) {
      mine = undefined
      await writing.forget()
      return lookElsewhere()
    }
    const isLost = !isThere && state.piece > 0
    const begun = isLost || isOld(state) ? await writing.begin(state.publicKey) : state
    if (mine?.publicKey === state.publicKey) mine = begun
    const next = await writing.add(begun)
    if (mine?.archiveId === next.archiveId) mine = next
  }
  const restoreRest = async (state: Restoring): Promise<void> => {
    try {
      const { publicKey, at } = await reading.finish(state)
      await patiently(() => deps.settleRestored(at))
      await reading.forget()
      job = undefined
      mine = await writing.begin(publicKey)
    } catch (thrown) {
      if (deps.isClosed()) return
      const { code, details } = shownError(thrown)
      const reason = code === 'bad_archive' ? String(details?.reason) : code
      if (code === 'bad_archive') deps.warn(reason)
      await reading.forget()
      job = undefined
      other = { name: 'unreadable', reason }
    }
    tell()
  }
  const step = async (): Promise<void> => {
    if (job !== undefined) await restoreRest(job)
    if (mine !== undefined && !(await deps.isReceiving())) await write(mine)
  }
  let turn: Promise<unknown> = Promise.resolve()
  /** One after the other. */
  const inTurn = <Value>(task: () => Promise<Value>): Promise<Value> => {
    const result = turn.then(task)
    turn = result.catch(() => {})
    return result
  }
  const update = () =>
    inTurn(async () => {
      try {
        await step()
        failed = undefined
      } catch (thrown) {
        failed = shownError(thrown).code
        throw thrown
      } finally {
        tell()
      }
    })
  const run = () => {
    if (!deps.isLive() || (mine ?? job) === undefined) return
    void update().catch((thrown) => {
      if (!deps.isClosed()) deps.onError(thrown)
    })
  }
  const keep = async (publicKey: string) => {
    await inTurn(async () => {
      mine = await writing.begin(publicKey)
    })
    tell()
    run()
  }
  const restore = async (recoveryKey: string) => {
    const keys = await backupKeyPair(recoveryKey, userId)
    job = await inTurn(() => reading.begin(keys))
    tell()
    run()
  }

  return {
    run,
    /** Older messages have come from another device: what is kept has to be written anew. */
    imported: () => {
      if (mine !== undefined) mine = { ...mine, begunAt: 0 }
      run()
    },
    /** There is a new recovery key: what is kept is written anew for it, by this device. Never rejects. */
    rekey: async (recoveryKey: string) => {
      try {
        const isKept = mine !== undefined || completeBackup(await server.list()) !== undefined
        if (isKept) await keep((await backupKeyPair(recoveryKey, userId)).publicKey)
      } catch (thrown) {
        deps.onError(thrown)
      }
    },
    /** The recovery key has let this device in. Does nothing where there is no backup. */
    recovered: (recoveryKey: string) =>
      restore(recoveryKey).catch((thrown) => {
        const { code, details } = shownError(thrown)
        if (code === 'not_found') return
        if (code === 'bad_archive') deps.warn(String(details?.reason))
        other = { name: 'unreadable', reason: String(details?.reason ?? code) }
        tell()
      }),
    backup: {
      status: async () => {
        if (mine === undefined && job === undefined && other.name !== 'unreadable') await lookElsewhere()
        return status()
      },
      enable: async (recoveryKey: string) => {
        const { publicKey } = await backupKeyPair(recoveryKey, userId)
        await deps.checkRecoveryKey(recoveryKey)
        await keep(publicKey)
      },
      disable: () =>
        inTurn(async () => {
          mine = undefined
          other = { name: 'off' }
          await writing.forget()
          for (const { kind, archiveId } of await server.list()) if (kind === 'backup') await server.remove(archiveId)
          tell()
        }),
      update: async () => {
        if (mine === undefined) throw new BackscrollError('not_found')
        await update()
      },
      restore: async (recoveryKey: string) => {
        await deps.checkRecoveryKey(recoveryKey)
        await restore(recoveryKey)
      },
    },
  }
}
