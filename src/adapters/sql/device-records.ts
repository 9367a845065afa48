import type { DeviceAnswer, DeviceRecords, DeviceRequest, SeenDevice } from '../../ports/accounts.ts'
import { accountRow, provisioned } from './account-rows.ts'
import { lockUsers } from './dialect.ts'
import { inTransaction, onUser } from './in-transaction.ts'
import { keepNotice } from './notices.ts'
import type { Database, DeviceRow, Write } from './tables.ts'

const provisionOne = async (write: Write, { userId, deviceId, at }: SeenDevice): Promise<void> => {
  const erased = await write
    .selectFrom('erased_users')
    .select('user_id')
    .where('user_id', '=', userId)
    .executeTakeFirst()
  if (erased !== undefined) return
  await write
    .insertInto('accounts')
    .values(accountRow(provisioned(userId, at)))
    .onConflict((conflict) => conflict.doNothing())
    .execute()
  const nothing = { name: null, signature_key: null, certificate: null, chain: null, revoked_at: null }
  await write
    .insertInto('devices')
    .values({ user_id: userId, device_id: deviceId, added_at: at, ...nothing })
    .onConflict((conflict) => conflict.doNothing())
    .execute()
}

const keyedDevices = async (write: Write, userId: string): Promise<number> => {
  const { count } = await write
    .selectFrom('devices')
    .select((select) => select.fn.countAll<number>().as('count'))
    .where('user_id', '=', userId)
    .where('signature_key', 'is not', null)
    .where('revoked_at', 'is', null)
    .executeTakeFirstOrThrow()
  return count
}

/** Undefined: there is none of this id, or one without a key, which it becomes. */
const compare = (row: DeviceRow | undefined, { device }: DeviceRequest): 'repeated' | 'taken' | undefined => {
  if (row === undefined) return undefined
  if (row.revoked_at !== null) return 'taken'
  if (row.signature_key === null) return undefined
  return row.signature_key === device.signatureKey ? 'repeated' : 'taken'
}

const saveDevice = async (write: Write, { device }: DeviceRequest): Promise<void> => {
  const { chain = [] } = device
  const keys = {
    name: device.name,
    signature_key: device.signatureKey,
    certificate: device.certificate,
    chain: chain.length === 0 ? null : JSON.stringify(chain),
  }
  await write
    .insertInto('devices')
    .values({ user_id: device.userId, device_id: device.deviceId, added_at: device.addedAt, revoked_at: null, ...keys })
    .onConflict((conflict) => conflict.columns(['user_id', 'device_id']).doUpdateSet(keys))
    .execute()
}

const addDevice = async (write: Write, request: DeviceRequest): Promise<DeviceAnswer> => {
  const { userId, deviceId } = request.device
  const account = await write
    .selectFrom('accounts')
    .select('identity_key')
    .where('user_id', '=', userId)
    .executeTakeFirst()
  if (account === undefined) return 'no_account'
  if (account.identity_key !== null && account.identity_key !== request.identityKey) return 'identity_differs'
  const row = await write
    .selectFrom('devices')
    .selectAll()
    .where('user_id', '=', userId)
    .where('device_id', '=', deviceId)
    .executeTakeFirst()
  const known = compare(row, request)
  if (known !== undefined) return known
  if ((await keyedDevices(write, userId)) >= request.limit) return 'limit'
  await write.updateTable('accounts').set({ identity_key: request.identityKey }).where('user_id', '=', userId).execute()
  await saveDevice(write, request)
  await keepNotice(write, request.notice)
  return 'added'
}

const changeDevice = async (write: Write, userId: string, deviceId: string, columns: Partial<DeviceRow>) => {
  const { numUpdatedRows } = await write
    .updateTable('devices')
    .set(columns)
    .where('user_id', '=', userId)
    .where('device_id', '=', deviceId)
    .where('revoked_at', 'is', null)
    .executeTakeFirst()
  return numUpdatedRows === 1n
}

export const createDeviceRecords = (db: Database): DeviceRecords => ({
  provision: (seen) =>
    inTransaction(db, async (write) => {
      await lockUsers(
        write,
        seen.map(({ userId }) => userId),
      )
      for (const one of seen) await provisionOne(write, one)
    }),
  addDevice: (request) => onUser(db, request.device.userId, (write) => addDevice(write, request)),
  nameDevice: (userId, deviceId, name, notice) =>
    onUser(db, userId, async (write) => {
      if (!(await changeDevice(write, userId, deviceId, { name }))) return false
      await keepNotice(write, notice)
      return true
    }),
  revokeDevice: (userId, deviceId, at, notice) =>
    onUser(db, userId, async (write) => {
      if (!(await changeDevice(write, userId, deviceId, { revoked_at: at }))) return false
      await write.deleteFrom('key_packages').where('user_id', '=', userId).where('device_id', '=', deviceId).execute()
      await keepNotice(write, notice)
      return true
    }),
})
