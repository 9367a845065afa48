import type {
  Claim,
  ClaimedKeyPackage,
  ClaimRequest,
  KeyDirectoryStore,
} from '../../../ports/identity/key-directory.ts'
import { onUser } from '../database/in-transaction.ts'
import type { Database, Write } from '../tables.ts'
import { lastResort, usablePackages } from './key-packages.ts'

const isActive = async (write: Write, userId: string): Promise<boolean> => {
  const row = await write.selectFrom('accounts').select('status').where('user_id', '=', userId).executeTakeFirst()
  return row?.status === 'active'
}

const activeDevices = async (write: Write, userId: string): Promise<readonly string[]> => {
  const rows = await write
    .selectFrom('devices')
    .select('device_id')
    .where('user_id', '=', userId)
    .where('signature_key', 'is not', null)
    .where('revoked_at', 'is', null)
    .orderBy('device_id')
    .execute()
  return rows.map((row) => row.device_id)
}

/** The package that expires first. The user is locked, so no other claim takes it between the read and the update. */
const takeOneTime = async (write: Write, userId: string, deviceId: string, now: number) => {
  const next = await usablePackages(write, { userId, deviceId }, 'one_time', now)
    .select(['hash', 'key_package'])
    .orderBy('not_after')
    .orderBy('hash')
    .limit(1)
    .executeTakeFirst()
  if (next === undefined) return undefined
  await write
    .updateTable('key_packages')
    .set({ key_package: null })
    .where('user_id', '=', userId)
    .where('device_id', '=', deviceId)
    .where('hash', '=', next.hash)
    .execute()
  return next.key_package ?? undefined
}

type Take = (write: Write, userId: string, deviceId: string, now: number) => Promise<ClaimedKeyPackage | undefined>

const oneTime: Take = async (write, userId, deviceId, now) => {
  const keyPackage = await takeOneTime(write, userId, deviceId, now)
  return keyPackage === undefined ? undefined : { deviceId, keyPackage, lastResort: false }
}

const ofLastResort: Take = async (write, userId, deviceId, now) => {
  const last = await lastResort(write, userId, deviceId, now)
  return last?.key_package ? { deviceId, keyPackage: last.key_package, lastResort: true } : undefined
}

/** The requested kind first, otherwise the other kind. */
const takes: Record<ClaimRequest['kind'], readonly [Take, Take]> = {
  one_time: [oneTime, ofLastResort],
  last_resort: [ofLastResort, oneTime],
}

const storedClaim = async (db: Database | Write, claimantId: string, claimId: string) => {
  const row = await db
    .selectFrom('claims')
    .select(['user_id', 'answer'])
    .where('claimant_id', '=', claimantId)
    .where('claim_id', '=', claimId)
    .executeTakeFirst()
  return row && { ...(JSON.parse(row.answer) as Claim), userId: row.user_id }
}

const answerOf = async (write: Write, claimantId: string, claimId: string): Promise<Claim | undefined> => {
  const found = await storedClaim(write, claimantId, claimId)
  return found && { packages: found.packages, without: found.without }
}

const claim = async (write: Write, request: ClaimRequest): Promise<Claim | undefined> => {
  const { claimantId, claimId, userId, now } = request
  if (!(await isActive(write, userId))) return undefined
  const reserved = await write
    .insertInto('claims')
    .values({ claimant_id: claimantId, claim_id: claimId, user_id: userId, answer: '', created_at: now })
    .onConflict((conflict) => conflict.columns(['claimant_id', 'claim_id']).doNothing())
    .executeTakeFirst()
  if (reserved.numInsertedOrUpdatedRows !== 1n) return answerOf(write, claimantId, claimId)
  const devices = (await activeDevices(write, userId)).filter((deviceId) => deviceId !== request.except)
  const [first, instead] = takes[request.kind]
  const taken = new Map<string, ClaimedKeyPackage | undefined>()
  for (const deviceId of devices)
    taken.set(deviceId, (await first(write, userId, deviceId, now)) ?? (await instead(write, userId, deviceId, now)))
  const packages = [...taken.values()].filter((one) => one !== undefined)
  const answer = { packages, without: devices.filter((deviceId) => taken.get(deviceId) === undefined) }
  await write
    .updateTable('claims')
    .set({ answer: JSON.stringify(answer) })
    .where('claimant_id', '=', claimantId)
    .where('claim_id', '=', claimId)
    .execute()
  return answer
}

export const createClaims = (db: Database): Pick<KeyDirectoryStore, 'claimed' | 'claim'> => ({
  claimed: (claimantId, claimId) => storedClaim(db, claimantId, claimId),
  claim: (request) => onUser(db, request.userId, (write) => claim(write, request)),
})
