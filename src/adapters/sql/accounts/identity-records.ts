import type { Device } from '../../../ports/identity/device-records.ts'
import type { IdentityAnswer, IdentityRecords, IdentityRequest } from '../../../ports/identity/identity-records.ts'
import { onUser } from '../database/in-transaction.ts'
import type { Database, Write } from '../tables.ts'
import { activeDevices, revokeOne, saveDevice } from './device-records.ts'
import { addStatement, forgetStatements, statementsOf } from './identity-statements.ts'
import { keepNotice } from './notices.ts'
import { putRecovery } from './recovery-records.ts'

const presentKey = async (write: Write, userId: string): Promise<string | null | undefined> => {
  const columns = write.selectFrom('accounts').select(['identity_key', 'status'])
  const row = await columns.where('user_id', '=', userId).executeTakeFirst()
  return row?.status === 'active' ? row.identity_key : undefined
}

const isTaken = async (write: Write, { userId, device }: IdentityRequest): Promise<boolean> => {
  if (device === undefined) return false
  const rows = write.selectFrom('devices').select('device_id').where('user_id', '=', userId)
  const used = rows.where('device_id', '=', device.deviceId).where('signature_key', 'is not', null)
  return (await used.executeTakeFirst()) !== undefined
}

const certifyAnew = async (write: Write, { userId, kept }: IdentityRequest): Promise<void> => {
  for (const { deviceId, certificate } of kept)
    await write
      .updateTable('devices')
      .set({ certificate, chain: null })
      .where('user_id', '=', userId)
      .where('device_id', '=', deviceId)
      .execute()
}

/** A device without a key that should get one is registered, not revoked. */
const revokeOthers = async (write: Write, request: IdentityRequest, active: readonly Device[]) => {
  const stay = new Set([...request.kept.map(({ deviceId }) => deviceId), request.device?.deviceId])
  const revoked: string[] = []
  for (const { deviceId } of active.filter((one) => !stay.has(one.deviceId)))
    if (await revokeOne(write, request.userId, deviceId, request.at)) {
      revoked.push(deviceId)
      await keepNotice(write, request.revoked(deviceId))
    }
  return revoked
}

/** Statements of the old key about devices are useless under the new one; the statement that hands over is not. */
const keepStatements = async (write: Write, { userId, statement, at }: IdentityRequest): Promise<void> => {
  const before = await statementsOf(write, userId)
  await forgetStatements(write, userId)
  if (statement === undefined) return
  const successions = before.filter((text) => (JSON.parse(text) as { type: string }).type === 'succession')
  for (const one of [...successions, statement]) await addStatement(write, userId, one, at)
}

const replaceRecovery = async (write: Write, { userId, recovery }: IdentityRequest): Promise<void> => {
  await write.deleteFrom('recovery_blobs').where('user_id', '=', userId).execute()
  if (recovery !== undefined) await putRecovery(write, userId, recovery)
}

const change = async (write: Write, request: IdentityRequest): Promise<IdentityAnswer> => {
  const { userId, from, to, kept, device } = request
  const present = await presentKey(write, userId)
  if (present === undefined) return { kind: 'no_account' }
  if (present === to) return { kind: 'repeated' }
  if (from !== undefined && from !== present) return { kind: 'differs' }
  const active = await activeDevices(write, userId)
  const stand = kept.every((one) =>
    active.some(({ deviceId, signatureKey }) => deviceId === one.deviceId && signatureKey === one.signatureKey),
  )
  if (!stand || (await isTaken(write, request))) return { kind: 'unfit' }
  const revoked = await revokeOthers(write, request, active)
  await certifyAnew(write, request)
  await write.updateTable('accounts').set({ identity_key: to }).where('user_id', '=', userId).execute()
  if (device !== undefined) await saveDevice(write, { device })
  await keepStatements(write, request)
  await replaceRecovery(write, request)
  for (const notice of request.notices) await keepNotice(write, notice)
  return { kind: 'changed', revoked }
}

export const createIdentityRecords = (db: Database): IdentityRecords => ({
  statements: (userId) => statementsOf(db, userId),
  changeIdentity: (request) => onUser(db, request.userId, (write) => change(write, request)),
})
