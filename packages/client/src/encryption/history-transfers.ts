import { createArchiveServer } from '../archive/archive-server.ts'
import { createEraseGone } from '../archive/erase-gone.ts'
import type { ExportSources } from '../archive/export-records.ts'
import { createHistoryTransfer } from '../archive/history-transfer.ts'
import { createImportRecords } from '../archive/import-records.ts'
import { createLookForRequests } from '../archive/look-for-requests.ts'
import { createOwnDeviceKeys } from '../archive/own-device-keys.ts'
import { createPatiently } from '../archive/patiently.ts'
import { createShareHistory } from '../archive/share-history.ts'
import type { ProtectionDeps } from '../protection/protection.ts'
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

/** Both sides of transfers of the history between the user's devices. */
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

  const receiving = createHistoryTransfer({
    ...{ ...shared, importRecords, isLive: deps.isLive, now: time.now, tell: deps.onHistoryTransfer },
    write: (changes) => writer.write([...changes, ...deferred.take()]),
    settle: async (since) => {
      if (time.now() - since > recentMs) await eraseGone()
      await retention.askMissing()
      await retention.sweep()
    },
    warn: (reason) =>
      tell({
        type: 'warning',
        code: 'bad_archive',
        conversationId: undefined,
        revision: undefined,
        details: { reason },
      }),
    onImported: deps.onImported,
  })
  const sharing = createShareHistory({
    ...{ ...shared, write: writer.write, sources: sourcesOf(books) },
    settle: async () => {
      await deps.caughtUp()
      await retention.sweep()
    },
  })
  const requests = createLookForRequests({ look: sharing.look, clock, isClosed, onError })

  return {
    historyTransfer: receiving.historyTransfer,
    /** This device has just become the user's own, and is not the first one. */
    adopted: async () => {
      if (deps.transfersHistory) await receiving.begin()
    },
    live: () => {
      receiving.live()
      if (deps.transfersHistory) requests.live()
    },
    deviceAdded: () => {
      if (deps.transfersHistory) requests.added()
    },
    stop: () => {
      receiving.stop()
      requests.stop()
    },
  }
}
