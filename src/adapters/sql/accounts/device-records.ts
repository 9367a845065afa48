import type {
  Device,
  DeviceAnswer,
  DeviceRecords,
  DeviceRequest,
  RevocationRequest,
  SeenDevice,
} from '../../../ports/identity/device-records.ts'
import { lockUsers } from '../database/dialect.ts'
import { inTransaction, onUser } from '../database/in-transaction.ts'
import type { Database, DeviceRow, Write } from '../tables.ts'
import { accountRow, deviceOf, provisioned } from './account-rows.ts'
import { keepAct } from './admin-acts.ts'
import { addStatement, statementsOf } from './identity-statements.ts'
import { keepNotice } from './notices.ts'
import { deletePushTarget } from './push-targets.ts'

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

/** Undefined: this id does not exist, or its device has no key and gets this one. */
const compare = (row: DeviceRow | undefined, { device }: DeviceRequest): 'repeated' | 'taken' | undefined => {
  if (row === undefined) return undefined
  if (row.revoked_at !== null) return 'taken'
  if (row.signature_key === null) return undefined
  return row.signature_key === device.signatureKey ? 'repeated' : 'taken'
}

export const saveDevice = async (write: Write, { device }: Pick<DeviceRequest, 'device'>): Promise<void> => {
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
  if (request.revocation !== undefined) await revokeAll(write, { userId, ...request.revocation })
  if ((await keyedDevices(write, userId)) >= request.limit) throw new Undone('limit')
  if (!(await isFit(write, userId, request.mayCome))) throw new Undone('unfit')
  await write.updateTable('accounts').set({ identity_key: request.identityKey }).where('user_id', '=', userId).execute()
  await saveDevice(write, request)
  await keepNotice(write, request.notice)
  return 'added'
}

/** Ends the transaction without a trace. */
class Undone extends Error {
  readonly answer: 'limit' | 'unfit'
  constructor(answer: 'limit' | 'unfit') {
    super(answer)
    this.answer = answer
  }
}

export const activeDevices = async (write: Write, userId: string): Promise<readonly Device[]> => {
  const rows = await write
    .selectFrom('devices')
    .selectAll()
    .where('user_id', '=', userId)
    .where('revoked_at', 'is', null)
    .execute()
  return rows.map(deviceOf)
}

const isFit = async (write: Write, userId: string, judge: DeviceRequest['mayCome']): Promise<boolean> =>
  judge === undefined || judge(await activeDevices(write, userId), await statementsOf(write, userId))

export const revokeOne = async (write: Write, userId: string, deviceId: string, at: number): Promise<boolean> => {
  if (!(await changeDevice(write, userId, deviceId, { revoked_at: at }))) return false
  await write.deleteFrom('key_packages').where('user_id', '=', userId).where('device_id', '=', deviceId).execute()
  await deletePushTarget(write, userId, deviceId)
  return true
}

/** Throws `Undone`. */
const revokeAll = async (write: Write, request: RevocationRequest): Promise<readonly string[]> => {
  const { userId, at, statement } = request
  const revoked: string[] = []
  for (const deviceId of request.deviceIds)
    if (await revokeOne(write, userId, deviceId, at)) {
      revoked.push(deviceId)
      await keepNotice(write, request.notice(deviceId))
    }
  if (statement !== undefined) await addStatement(write, userId, statement, at)
  if (revoked.length < request.deviceIds.length || !(await isFit(write, userId, request.isWhole)))
    throw new Undone('unfit')
  return revoked
}

const undone = async <Value>(work: Promise<Value>): Promise<Value | Undone['answer']> => {
  try {
    return await work
  } catch (error) {
    if (error instanceof Undone) return error.answer
    throw error
  }
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
  addDevice: (request) => undone(onUser(db, request.device.userId, (write) => addDevice(write, request))),
  nameDevice: (userId, deviceId, name, notice) =>
    onUser(db, userId, async (write) => {
      if (!(await changeDevice(write, userId, deviceId, { name }))) return false
      await keepNotice(write, notice)
      return true
    }),
  revokeDevice: (userId, deviceId, at, notice, act) =>
    onUser(db, userId, async (write) => {
      if (!(await revokeOne(write, userId, deviceId, at))) return false
      await keepNotice(write, notice)
      await keepAct(write, act)
      return true
    }),
  revokeDevices: async (request) => {
    const answer = await undone(onUser(db, request.userId, (write) => revokeAll(write, request)))
    return typeof answer === 'string' ? 'unfit' : answer
  },
})
