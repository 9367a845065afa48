import type { ClientBackup } from '../archive/backup/history-backup.ts'
import { createHistoryArchive, type HistoryArchive } from '../archive/history-archive.ts'
import type { ClientHistoryTransfer } from '../archive/history-transfer.ts'
import { createPairings, type Pairings } from '../devices/approval/device-pairing.ts'
import { createEnrolDevice } from '../devices/enrol-device.ts'
import type { Enrolment } from '../devices/enrolment.ts'
import type { UserStatements } from '../devices/user-statements.ts'
import { fromBase64 } from '../encoding/base64.ts'
import type { ClientEvent } from '../events/client-events.ts'
import { createSignedMembers } from '../groups/joining/signed-members.ts'
import { createAbsentMembers } from '../groups/members/absent-members.ts'
import { createRenewal } from '../groups/state/epoch-renewal.ts'
import { createSetName } from '../profiles/own-profile.ts'
import type { ProfileBook } from '../profiles/profile-book.ts'
import type { Protection, ProtectionDeps } from '../protection/protection.ts'
import type { Directory } from '../rest/mls-directory.ts'
import type { StoreChange } from '../stores/client-store.ts'
import type { TrustBook } from '../trust/trust-book.ts'
import { createFollowGroups } from './follow-groups.ts'
import { createGroupUpkeep } from './group-upkeep.ts'
import { createHistoryTransfers } from './history-transfers.ts'
import { createInvitedJoins, type InvitedJoins } from './invited-joins.ts'
import { loadMlsBooks } from './mls-books.ts'
import { createMlsReceiving } from './mls-receiving.ts'
import { createMlsSending } from './mls-sending.ts'

/** End-to-end encryption by MLS, and what people do about it by hand. */
export interface MlsProtection
  extends Protection,
    ClientHistoryTransfer,
    ClientBackup,
    Pick<InvitedJoins, 'groupInvites' | 'introduce' | 'askToJoin' | 'joinRequests'> {
  readonly enrolment: Enrolment
  /** There is a new recovery key: a backup is written anew for it. */
  rekeyBackup(recoveryKey: string): Promise<void>
  /** The recovery key has let this device in: a backup is restored. */
  recoveredBy(recoveryKey: string): Promise<void>
  readonly directory: Directory
  readonly pairings: Pairings
  readonly history: HistoryArchive
  /** Looks for a way into the groups that this device could not follow: its trust has changed. */
  comeBack(): void
  readonly profiles: Pick<ProfileBook, 'of' | 'all' | 'subscribe'>
  setName(name: string | null): Promise<void>
  readonly trust: TrustBook
  readonly statements: UserStatements
  readonly tell: (event: ClientEvent) => void
  readonly write: (changes: readonly StoreChange[]) => Promise<void>
}

/** Joins what sends, what receives, and what looks after groups, over the same books. */
export const createMlsProtection = (deps: ProtectionDeps): MlsProtection => {
  let closed = false
  const isClosed = () => closed
  const books = loadMlsBooks(deps, { onOwn: () => comeBack(), onAdopted: () => transfers.adopted() })
  const { writer, deferred, statements, enrolment, ownDevices, details, profiles, retention, context } = books
  const { me, engine, directory, book, plaintexts, trust, clock, time } = context
  const { rest, tell } = deps

  const groups = createFollowGroups(context, { ...deps, joined: (id) => changed(id) }, isClosed)
  const renewal = createRenewal(engine, clock)
  const absentMembers = createAbsentMembers(context)
  const sending = createMlsSending({ deps, books, groups, renewal, absentMembers })
  const { healing, tasks } = createGroupUpkeep({ deps, books, insert: groups.insert, renewal, absentMembers })
  const lookAfter = (id: string, when: 'now' | 'in_turn') => {
    groups.want(id, when)
    tasks.look(id)
  }
  const changed = (id: string) => {
    sending.changed(id)
    lookAfter(id, 'now')
  }
  const { joiners, ...joins } = createInvitedJoins(deps, books)
  const transfers = createHistoryTransfers(deps, books, isClosed)
  const { deviceAdded } = transfers
  const receiving = createMlsReceiving({ deps, books, groups, healing, joiners, changed, deviceAdded, isClosed })
  const { enrol, replenishOnce, stop: stopReplenishing } = createEnrolDevice({ ...books, ...context, isClosed })
  const comeBack = () => {
    for (const { conversationId } of book.all()) lookAfter(conversationId, 'in_turn')
    receiving.refreshDetails()
  }

  const setName = createSetName({
    ...{ me, profiles, time, tell },
    save: () => book.saveAll(deferred.take()),
    changed: () => {
      for (const { conversationId } of book.all()) tasks.look(conversationId)
    },
  })

  return {
    ...{ profiles, setName },
    ...joins,
    ...{ enrolment, directory, trust, statements, comeBack, tell: deps.tell, write: writer.write },
    ...sending,
    ...receiving,
    ...createSignedMembers({ ...context, enter: groups.enter, tell }),
    historyTransfer: transfers.historyTransfer,
    backup: transfers.backup,
    rekeyBackup: transfers.rekeyBackup,
    recoveredBy: transfers.recovered,
    history: createHistoryArchive({ plaintexts, writer, rest, sweep: retention.sweep }),
    pairings: createPairings({ me, rest, enrolment, ownDevices, clock, isClosed }),
    prover: enrolment.prover,
    enrol: (onFailed) => {
      void retention.start()
      return enrol(onFailed)
    },
    live: () => {
      replenishOnce()
      void retention.askMissing()
      comeBack()
      joiners.admit()
      transfers.live()
    },
    handleRefusal: (entry, error) => {
      const verdict = sending.handleRefusal(entry, error)
      tasks.look(entry.conversationId)
      return verdict
    },
    envelopeAt: async (id, revision) => {
      const record = await plaintexts.get(id, revision)
      return record !== undefined && 'plaintext' in record ? fromBase64(record.plaintext) : undefined
    },
    openText: details.open,
    textsOf: details.read,
    close: () => {
      closed = true
      tasks.stop()
      transfers.stop()
      retention.stop()
      stopReplenishing()
      writer.close()
    },
  }
}
