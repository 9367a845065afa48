import { sql } from 'kysely'
import type { PushPreferences, PushRecords, PushRegistration } from '../../../ports/identity/push-records.ts'
import { inTransaction, onUser } from '../database/in-transaction.ts'
import type { PushPreferencesRow } from '../migrations/push-migration.ts'
import type { Database, Write } from '../tables.ts'
import { createPushWakes, forgetWaiting } from './push-wakes.ts'

const isActiveDevice = async (write: Write, userId: string, deviceId: string): Promise<boolean> =>
  (await write
    .selectFrom('devices')
    .select('device_id')
    .where('user_id', '=', userId)
    .where('device_id', '=', deviceId)
    .where('revoked_at', 'is', null)
    .executeTakeFirst()) !== undefined

/** The target is taken from any other device: the app now belongs to another user or installation. */
const takeFromOthers = (write: Write, { userId, deviceId, hash }: PushRegistration) =>
  write
    .deleteFrom('push_targets')
    .where('hash', '=', hash)
    .where((row) => row.or([row('user_id', '!=', userId), row('device_id', '!=', deviceId)]))
    .execute()

const register = async (write: Write, registration: PushRegistration): Promise<boolean> => {
  const { userId, deviceId, kind, target, hash, at } = registration
  // A target that is registered again keeps its failures, or a bad one would be tried at once each time.
  const tries = sql<number>`CASE WHEN push_targets.hash = ${hash} THEN push_targets.tries ELSE 0 END`
  if (!(await isActiveDevice(write, userId, deviceId))) return false
  await takeFromOthers(write, registration)
  // Deletes the webhook entry, because the operator's own service wakes only users without a target.
  await deletePushTarget(write, userId, '')
  const columns = { kind, target, hash, refreshed_at: at }
  const nothing = { owed: 0, woken: 0, due_at: null, quiet_until: 0, tries: 0 }
  await write
    .insertInto('push_targets')
    .values({ user_id: userId, device_id: deviceId, ...columns, ...nothing })
    .onConflict((conflict) => conflict.columns(['user_id', 'device_id']).doUpdateSet({ ...columns, tries }))
    .execute()
  return true
}

export const deletePushTarget = async (write: Write, userId: string, deviceId: string): Promise<void> => {
  await write.deleteFrom('push_targets').where('user_id', '=', userId).where('device_id', '=', deviceId).execute()
}

const preferencesOf = (row: PushPreferencesRow | undefined): PushPreferences => {
  const { quiet_from: from = null, quiet_to: to = null, time_zone: timeZone = null } = row ?? {}
  return { quietHours: from === null || to === null || timeZone === null ? null : { from, to, timeZone } }
}

const save = async (write: Write, userId: string, { quietHours }: PushPreferences): Promise<void> => {
  const { from = null, to = null, timeZone = null } = quietHours ?? {}
  const columns = { quiet_from: from, quiet_to: to, time_zone: timeZone }
  await write
    .insertInto('push_preferences')
    .values({ user_id: userId, ...columns })
    .onConflict((conflict) => conflict.column('user_id').doUpdateSet(columns))
    .execute()
}

export const createPushRecords = (db: Database): PushRecords => ({
  ...createPushWakes(db),
  registerPush: (registration) => onUser(db, registration.userId, (write) => register(write, registration)),
  unregisterPush: (userId, deviceId) => onUser(db, userId, (write) => deletePushTarget(write, userId, deviceId)),
  pushPreferences: async (userId) =>
    preferencesOf(await db.selectFrom('push_preferences').selectAll().where('user_id', '=', userId).executeTakeFirst()),
  savePushPreferences: (userId, preferences) => onUser(db, userId, (write) => save(write, userId, preferences)),
  purgePushTargets: (before) =>
    inTransaction(db, async (write) => {
      const { numDeletedRows } = await write
        .deleteFrom('push_targets')
        .where('refreshed_at', '<', before)
        .executeTakeFirst()
      await forgetWaiting(write).execute()
      return Number(numDeletedRows)
    }),
})
