import type { KeyDirectoryStore, KeyPackageCount, StoredKeyPackage } from '../../../ports/identity/key-directory.ts'
import { onUser } from '../database/in-transaction.ts'
import type { Database, Write } from '../tables.ts'

/**
 * Key packages live for 400 days at most: a later end means that the date was wrong, and the package is of no use
 * yet.
 */
const furthestMs = 401 * 86_400_000

/** The packages of a device that can be handed out: one-time ones, or the last-resort package. */
export const usablePackages = (
  db: Database | Write,
  device: { readonly userId: string; readonly deviceId: string },
  kind: 'one_time' | 'last_resort',
  now: number,
) =>
  db
    .selectFrom('key_packages')
    .where('user_id', '=', device.userId)
    .where('device_id', '=', device.deviceId)
    .where('last_resort', '=', kind === 'last_resort' ? 1 : 0)
    .where('key_package', 'is not', null)
    .where('not_after', '>', now)
    .where('not_after', '<', now + furthestMs)

const oneTimeLeft = async (db: Database | Write, userId: string, deviceId: string, now: number): Promise<number> => {
  const { count } = await usablePackages(db, { userId, deviceId }, 'one_time', now)
    .select((select) => select.fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow()
  return count
}

export const lastResort = (db: Database | Write, userId: string, deviceId: string, now: number) =>
  usablePackages(db, { userId, deviceId }, 'last_resort', now).select(['hash', 'key_package']).executeTakeFirst()

const countPackages = async (
  db: Database | Write,
  userId: string,
  deviceId: string,
  now: number,
): Promise<KeyPackageCount> => ({
  oneTime: await oneTimeLeft(db, userId, deviceId, now),
  lastResort: (await lastResort(db, userId, deviceId, now)) !== undefined,
})

const addPackage = async (write: Write, userId: string, deviceId: string, one: StoredKeyPackage): Promise<void> => {
  const inserted = await write
    .insertInto('key_packages')
    .values({
      user_id: userId,
      device_id: deviceId,
      hash: one.hash,
      key_package: one.keyPackage,
      not_after: one.notAfter,
      last_resort: one.lastResort ? 1 : 0,
    })
    .onConflict((conflict) => conflict.columns(['user_id', 'device_id', 'hash']).doNothing())
    .executeTakeFirst()
  if (!one.lastResort || inserted.numInsertedOrUpdatedRows !== 1n) return
  await write
    .updateTable('key_packages')
    .set({ key_package: null })
    .where('user_id', '=', userId)
    .where('device_id', '=', deviceId)
    .where('last_resort', '=', 1)
    .where('hash', '!=', one.hash)
    .execute()
}

const isActive = async (write: Write, userId: string, deviceId: string): Promise<boolean> => {
  const row = await write
    .selectFrom('devices')
    .select('device_id')
    .where('user_id', '=', userId)
    .where('device_id', '=', deviceId)
    .where('signature_key', 'is not', null)
    .where('revoked_at', 'is', null)
    .executeTakeFirst()
  return row !== undefined
}

/** Ends the transaction without a trace. */
class Full extends Error {}

export const createKeyPackages = (db: Database): Pick<KeyDirectoryStore, 'addKeyPackages' | 'countKeyPackages'> => {
  const add = async (
    write: Write,
    ...[userId, deviceId, packages, limit, now]: Parameters<KeyDirectoryStore['addKeyPackages']>
  ) => {
    if (!(await isActive(write, userId, deviceId))) return 'no_device'
    for (const one of packages) await addPackage(write, userId, deviceId, one)
    const count = await countPackages(write, userId, deviceId, now)
    if (count.oneTime > limit) throw new Full()
    return count
  }
  return {
    addKeyPackages: async (...request) => {
      try {
        return await onUser(db, request[0], (write) => add(write, ...request))
      } catch (error) {
        if (error instanceof Full) return 'full'
        throw error
      }
    },
    countKeyPackages: (userId, deviceId, now) => countPackages(db, userId, deviceId, now),
  }
}
