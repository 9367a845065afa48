import { loadEnrolment } from '../devices/enrolment.ts'
import { loadKeyPackageStock } from '../devices/key-package-stock.ts'
import { createOwnDevices } from '../devices/own-devices.ts'
import { createUserStatements } from '../devices/user-statements.ts'
import { loadDetails } from '../groups/details/group-details.ts'
import { createReaders } from '../groups/members/tree-readers.ts'
import { createGroupBook } from '../groups/state/group-book.ts'
import type { GroupContext } from '../groups/state/group-context.ts'
import { loadGroups } from '../groups/state/stored-group.ts'
import { loadSharedStatements } from '../groups/upkeep/shared-statements.ts'
import { loadUnreadableMessages } from '../groups/upkeep/unreadable-messages.ts'
import { loadRetention } from '../history/message-retention.ts'
import { loadGroupInvites } from '../invites/group-invites.ts'
import { loadJoinRequests } from '../invites/join-requests.ts'
import { loadOwnJoinRequests } from '../invites/own-join-requests.ts'
import { createMlsEngine } from '../mls/mls-engine.ts'
import { loadProfiles } from '../profiles/profile-book.ts'
import { loadSharedProfiles } from '../profiles/shared-profiles.ts'
import type { ProtectionDeps } from '../protection/protection.ts'
import { loadPlaintexts } from '../records/plaintexts.ts'
import { loadSealedMessages } from '../records/sealed-messages.ts'
import { createDirectory } from '../rest/mls-directory.ts'
import { createDeferredChanges } from '../stores/deferred-changes.ts'
import { createStoreWriter } from '../stores/store-writer.ts'
import { loadTrust } from '../trust/trust-book.ts'
import { createStatementAwareEngine } from './statement-aware-engine.ts'

export interface OwnNews {
  /** This user has signed something. */
  readonly onOwn: () => void
  /** This device has become the user's own, and is not the first one. */
  readonly onAdopted: () => Promise<void>
}

/** What this device stores about itself, people, groups and messages. */
export const loadMlsBooks = (deps: ProtectionDeps, { onOwn, onAdopted }: OwnNews) => {
  const { me, stored, rest, clock, time, onError } = deps
  const { now } = time
  const writer = createStoreWriter(deps.store, clock, onError)
  const directory = createDirectory(rest, me.deviceId)
  const deferred = createDeferredChanges()
  const trust = loadTrust(stored, () => {
    const identityKey = enrolment.keys()?.identityKey
    return identityKey === undefined ? undefined : { userId: me.userId, identityKey }
  })
  const statements = createUserStatements({ me, directory, trust, write: writer.write, tell: deps.tell, onOwn })
  const readers = createReaders(trust.pins)
  const engine = createStatementAwareEngine(createMlsEngine({ pins: trust.pins, now }), statements, readers)
  const enrolment = loadEnrolment(stored, {
    ...{ me, directory, writer, now, onWaiting: deps.onWaiting, onAdopted },
    leadsTo: async ({ identityKey, statements: said }) => {
      await statements.hear(me.userId, said)
      return trust.pins().get(me.userId)?.identityKey === identityKey
    },
  })
  const ownDevices = createOwnDevices({ me, trust, enrolment, write: writer.write, tell: deps.tell })
  const plaintexts = loadPlaintexts(stored, deps.lazy)
  const book = createGroupBook(loadGroups(stored), writer)
  const stock = loadKeyPackageStock(stored, { engine, directory, writer, time })
  const context: GroupContext = {
    ...{ me, engine, directory, book, plaintexts, stock, trust, clock, time, onError },
    ...{ random: deps.random, newId: deps.newId, device: enrolment.device, alongside: deferred.add },
  }
  return {
    ...{ writer, deferred, statements, readers, enrolment, ownDevices, context },
    details: loadDetails(stored, deferred.add),
    sharedStatements: loadSharedStatements(stored, { own: statements.own, store: deferred.add, clock }),
    profiles: loadProfiles(stored, me.userId, deferred.add),
    sharedProfiles: loadSharedProfiles(stored, deferred.add, clock),
    groupInvites: loadGroupInvites(stored, deferred.add),
    joinRequests: loadJoinRequests(stored, deferred.add, now),
    ownJoinRequests: loadOwnJoinRequests(stored, deferred.add, now),
    sealed: loadSealedMessages(stored, (change) => deferred.add([change])),
    retention: loadRetention(stored, {
      ...{ plaintexts, rest, clock, time, write: writer.write, onError },
      expireKept: deps.expireKept,
    }),
    unread: loadUnreadableMessages(stored),
  }
}

export type MlsBooks = ReturnType<typeof loadMlsBooks>
