import { createArchiveServer } from '../archive/archive-server.ts'
import { createHistoryBackup } from '../archive/backup/history-backup.ts'
import { createEraseGone } from '../archive/erase-gone.ts'
import type { ExportSources } from '../archive/export-records.ts'
import { createHistoryTransfer } from '../archive/history-transfer.ts'
import { createImportRecords } from '../archive/import-records.ts'
import { createLookForRequests } from '../archive/look-for-requests.ts'
import { createOwnDeviceKeys } from '../archive/own-device-keys.ts'
import { createPatiently } from '../archive/patiently.ts'
import { createShareHistory } from '../archive/share-history.ts'
import { openIdentity } from '../devices/recovery-key.ts'
import { fromBase64 } from '../encoding/base64.ts'
import type { ProtectionDeps } from '../protection/protection.ts'
import type { StoreChange } from '../stores/client-store.ts'
import type { MlsBooks } from './mls-books.ts'

/** An archive that was begun less than this ago misses no deletion that this device was not told of. Milliseconds. */
const recentMs = 3_600_000

const sourcesOf = ({ details, profiles, context }: MlsBooks): ExportSources => ({
  plaintexts: context.plaintexts,
  profiles: profiles.told,
  groupKeys: function* () {
    for (const id of details.all()) yield [id, details.keys(id)]
  },
})

const backupEveryMs = 3_600_000

/** The history on its way between the user's devices, and its backup. */
export const createHistoryTransfers = (deps: ProtectionDeps, books: MlsBooks, isClosed: () => boolean) => {
  const { writer, deferred, details, profiles, retention, context } = books
  const { me, plaintexts, directory, trust, clock, time, random, onError, device } = context
  const { stored, rest, tell } = deps
  const server = createArchiveServer(rest)
  const patiently = createPatiently({ clock, random, isClosed })
  const ownDeviceKeys = createOwnDeviceKeys({
    ...{ userId: me.userId, directory, trust },
    identityKey: () => device().credential.identityKey,
  })
  const importRecords = createImportRecords({
    plaintexts,
    expiresBefore: retention.expiresBefore,
    hearProfile: (userId, profile) => {
      for (const event of profiles.hear(userId, profile, time.now())) tell(event)
    },
    keepGroupKeys: details.keep,
  })
  const eraseGone = createEraseGone({ plaintexts, rest, write: writer.write })
  const shared = { me, stored, server, device, ownDeviceKeys, patiently, clock, isClosed, onError }

  const warn = (reason: string) =>
    tell({ type: 'warning', code: 'bad_archive', conversationId: undefined, revision: undefined, details: { reason } })
  const { isLive, onImported } = deps
  const inbound = { importRecords, isLive, now: time.now, warn, onImported }
  const writeAll = (changes: readonly StoreChange[]) => writer.write([...changes, ...deferred.take()])
  const settleOutgoing = async () => {
    await deps.caughtUp()
    await retention.sweep()
  }
  const settleRestored = async () => {
    await eraseGone()
    await retention.askMissing()
    await retention.sweep()
  }
  const receiving = createHistoryTransfer({
    ...{ ...shared, ...inbound, write: writeAll },
    tell: (state) => {
      deps.onHistoryTransfer(state)
      if (state.name === 'done' && state.messages > 0) backups.imported()
    },
    settle: async (since) => {
      if (time.now() - since > recentMs) await eraseGone()
      await retention.askMissing()
      await retention.sweep()
    },
  })
  const sharing = createShareHistory({
    ...{ ...shared, write: writer.write, sources: sourcesOf(books) },
    settle: settleOutgoing,
  })
  const backups = createHistoryBackup({
    ...{ ...shared, ...inbound, userId: me.userId, sources: sourcesOf(books), write: writeAll },
    ...{ settle: settleOutgoing, settleRestored, tell: deps.onBackup },
    identityKey: () => device().credential.identityKey,
    checkRecoveryKey: async (recoveryKey) =>
      void (await openIdentity(fromBase64(await directory.recovery()), me.userId, recoveryKey)),
    isReceiving: async () => (await receiving.historyTransfer.state()).name === 'receiving',
  })
  let cancelBackup = () => {}
  const backUp = () => {
    cancelBackup()
    backups.run()
    if (!isClosed()) cancelBackup = clock.after(backupEveryMs, backUp)
  }
  const requests = createLookForRequests({ look: sharing.look, clock, isClosed, onError })

  return {
    historyTransfer: receiving.historyTransfer,
    backup: backups.backup,
    /** The user has a new recovery key. */
    rekeyBackup: backups.rekey,
    recovered: backups.recovered,
    /** This device has just become the user's own, and is not the first one. */
    adopted: async () => {
      if (deps.transfersHistory) await receiving.begin()
    },
    live: () => {
      receiving.live()
      backUp()
      if (deps.transfersHistory) requests.live()
    },
    deviceAdded: () => {
      if (deps.transfersHistory) requests.added()
    },
    stop: () => {
      receiving.stop()
      requests.stop()
      cancelBackup()
    },
  }
}
