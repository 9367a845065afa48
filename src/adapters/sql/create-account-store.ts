import type { AccountStore } from '../../ports/identity/account-store.ts'
import { createAccountRecords } from './accounts/account-records.ts'
import { createActRecords } from './accounts/admin-acts.ts'
import { createArchiveRecords, deleteIdleArchives } from './accounts/archives.ts'
import { createDeviceRecords } from './accounts/device-records.ts'
import { createIdentityRecords } from './accounts/identity-records.ts'
import { createInvites, deleteExpiredInvites } from './accounts/invites.ts'
import { createClaims } from './accounts/key-package-claims.ts'
import { createKeyPackages } from './accounts/key-packages.ts'
import { createMediaRecords } from './accounts/media.ts'
import { createNotices } from './accounts/notices.ts'
import { createPairingRecords, deletePairings } from './accounts/pairing-records.ts'
import { createPresenceRecords } from './accounts/presence-records.ts'
import { createPushRecords } from './accounts/push-targets.ts'
import { createQueueCounts } from './accounts/queue-counts.ts'
import { createRecovery } from './accounts/recovery-records.ts'
import { createReportRecords } from './accounts/reports.ts'
import { inTransaction } from './database/in-transaction.ts'
import { createParkedReactions } from './parked-reactions.ts'
import { createSecrets } from './secrets.ts'
import { createPasswordResets } from './sign-in/password-resets.ts'
import { createRateLimits } from './sign-in/rate-limits.ts'
import { createSecondFactors } from './sign-in/second-factors.ts'
import type { Database } from './tables.ts'

const createCheckpoints = (db: Database): Pick<AccountStore, 'checkpoint' | 'saveCheckpoint'> => ({
  checkpoint: async (name) => {
    const row = await db.selectFrom('checkpoints').selectAll().where('name', '=', name).executeTakeFirst()
    return row && { epoch: row.epoch, position: BigInt(row.position) }
  },
  saveCheckpoint: async (name, { epoch, position }) => {
    const columns = { epoch, position: String(position) }
    await inTransaction(db, (write) =>
      write
        .insertInto('checkpoints')
        .values({ name, ...columns })
        .onConflict((conflict) => conflict.column('name').doUpdateSet(columns))
        .execute(),
    )
  },
})

const purge =
  (db: Database): AccountStore['purge'] =>
  (now, claimsBefore) =>
    inTransaction(db, async (write) => {
      await deletePairings(write, (pairings) => pairings.where('expires_at', '<=', now))
      await write.deleteFrom('key_packages').where('not_after', '<=', now).execute()
      await write.deleteFrom('claims').where('created_at', '<', claimsBefore).execute()
      await write.deleteFrom('password_resets').where('expires_at', '<=', now).execute()
      await deleteExpiredInvites(write, now)
      await deleteIdleArchives(write, now)
    })

/** The accounts in any SQL database that Kysely supports and whose schema `migrate` has made. */
export const createAccountStore = (db: Database): AccountStore => ({
  ...createAccountRecords(db),
  ...createDeviceRecords(db),
  ...createIdentityRecords(db),
  ...createKeyPackages(db),
  ...createClaims(db),
  ...createInvites(db),
  ...createMediaRecords(db),
  ...createArchiveRecords(db),
  ...createPairingRecords(db),
  ...createPresenceRecords(db),
  ...createPushRecords(db),
  ...createQueueCounts(db),
  ...createRecovery(db),
  ...createCheckpoints(db),
  ...createNotices(db),
  ...createActRecords(db),
  ...createReportRecords(db),
  ...createParkedReactions(db),
  ...createSecrets(db),
  ...createRateLimits(db),
  ...createPasswordResets(db),
  ...createSecondFactors(db),
  purge: purge(db),
  close: () => db.destroy(),
})
