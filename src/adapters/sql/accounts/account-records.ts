import type { AdminAct } from '../../../domain/audit/admin-acts.ts'
import type { Account, AccountChange, AccountRecords, Standing } from '../../../ports/identity/account-records.ts'
import type { Device } from '../../../ports/identity/device-records.ts'
import type { Notice } from '../../../ports/identity/notices.ts'
import { isStorable } from '../database/dialect.ts'
import { onUser } from '../database/in-transaction.ts'
import type { Database, Write } from '../tables.ts'
import { accountOf, accountRow, changedColumns, deviceOf } from './account-rows.ts'
import { createAccountSearch } from './account-search.ts'
import { keepAct } from './admin-acts.ts'
import { deleteInvitesOf } from './invites.ts'
import { isActiveAdmin, isLastAdmin } from './last-admin.ts'
import { keepNotice } from './notices.ts'
import { deletePairings } from './pairing-records.ts'
import { deleteReportsOf } from './reports.ts'

const isErased = async (db: Database | Write, userId: string): Promise<boolean> =>
  (await db.selectFrom('erased_users').select('user_id').where('user_id', '=', userId).executeTakeFirst()) !== undefined

const idExists = async (write: Write, userId: string): Promise<boolean> =>
  (await isErased(write, userId)) ||
  (await write.selectFrom('accounts').select('user_id').where('user_id', '=', userId).executeTakeFirst()) !== undefined

const loginIsOthers = async (write: Write, login: string, userId: string): Promise<boolean> => {
  const row = await write.selectFrom('accounts').select('user_id').where('login', '=', login).executeTakeFirst()
  return row !== undefined && row.user_id !== userId
}

const create = async (write: Write, account: Account): Promise<'created' | 'user_taken' | 'login_taken'> => {
  if (await idExists(write, account.userId)) return 'user_taken'
  // No constraint is named, so a conflict of either key inserts nothing.
  const inserted = await write
    .insertInto('accounts')
    .values(accountRow(account))
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst()
  return inserted.numInsertedOrUpdatedRows === 1n ? 'created' : 'login_taken'
}

const accountIn = async (db: Database | Write, userId: string): Promise<Account | undefined> => {
  const row = await db.selectFrom('accounts').selectAll().where('user_id', '=', userId).executeTakeFirst()
  return row && accountOf(row)
}

/** Everything that names the user, except the tombstone and the notice. */
const deleteRows = async (write: Write, userId: string): Promise<void> => {
  await deletePairings(write, (pairings) => pairings.where('user_id', '=', userId))
  const tables = [
    'recovery_blobs',
    'identity_statements',
    'key_packages',
    'devices',
    'claims',
    'oauth_records',
    'password_resets',
    'totp',
    'recovery_codes',
    'passkeys',
    'push_targets',
    'push_waiting',
    'push_preferences',
    'archive_pieces',
    'archives',
  ] as const
  for (const table of [...tables, 'accounts'] as const)
    await write.deleteFrom(table).where('user_id', '=', userId).execute()
  await write.deleteFrom('claims').where('claimant_id', '=', userId).execute()
  await deleteInvitesOf(write, userId)
  await deleteReportsOf(write, userId)
}

const erase = async (write: Write, userId: string, at: number, notice: Notice, act: AdminAct | undefined) => {
  const account = await accountIn(write, userId)
  if (account === undefined) return 'missing'
  if (await isLastAdmin(write, account)) return 'last_admin'
  await deleteRows(write, userId)
  await write.insertInto('erased_users').values({ user_id: userId, erased_at: at }).execute()
  await keepNotice(write, notice)
  await keepAct(write, act)
  return 'erased'
}

/** Why the account may not change like this. */
const hindrance = async (write: Write, userId: string, change: AccountChange) => {
  if (typeof change.login === 'string' && (await loginIsOthers(write, change.login, userId))) return 'login_taken'
  if (change.roles === undefined && change.status === undefined) return undefined
  const account = await accountIn(write, userId)
  if (account === undefined) return undefined
  if (change.roles !== undefined && account.origin === 'external') return 'external'
  const staysAdmin = isActiveAdmin({ ...account, ...change })
  return !staysAdmin && (await isLastAdmin(write, account)) ? 'last_admin' : undefined
}

const devicesOf = async (db: Database, userIds: readonly string[]): Promise<readonly Device[]> => {
  const rows = await db
    .selectFrom('devices')
    .selectAll()
    .where('user_id', 'in', [...userIds])
    .orderBy('added_at')
    .orderBy('device_id')
    .execute()
  return rows.map(deviceOf)
}

const erasedOf = async (db: Database, userIds: readonly string[]): Promise<readonly string[]> => {
  if (userIds.length === 0) return []
  const rows = await db
    .selectFrom('erased_users')
    .select('user_id')
    .where('user_id', 'in', [...userIds])
    .execute()
  return rows.map((row) => row.user_id)
}

const existingOf = async (db: Database, userIds: readonly string[]): Promise<readonly string[]> => {
  if (userIds.length === 0) return []
  const rows = await db
    .selectFrom('accounts')
    .select('user_id')
    .where('user_id', 'in', [...userIds])
    .execute()
  return rows.map((row) => row.user_id)
}

const standings = async (db: Database, userIds: readonly string[]): Promise<ReadonlyMap<string, Standing>> => {
  if (userIds.length === 0) return new Map()
  const rows = await db
    .selectFrom('accounts')
    .selectAll()
    .where('user_id', 'in', [...userIds])
    .execute()
  const devices = Map.groupBy(await devicesOf(db, userIds), ({ userId }) => userId)
  const accounts = new Map(rows.map((row) => [row.user_id, accountOf(row)]))
  const missing = userIds.filter((userId) => !accounts.has(userId))
  const erased = new Set(await erasedOf(db, missing))
  return new Map(
    userIds.map((userId) => [
      userId,
      { account: accounts.get(userId), devices: devices.get(userId) ?? [], erased: erased.has(userId) },
    ]),
  )
}

export const createAccountRecords = (db: Database): AccountRecords => ({
  ...createAccountSearch(db),
  create: (account) => onUser(db, account.userId, (write) => create(write, account)),
  account: (userId) => accountIn(db, userId),
  accountByLogin: async (login) => {
    if (!isStorable(login)) return undefined
    const row = await db.selectFrom('accounts').selectAll().where('login', '=', login).executeTakeFirst()
    return row && accountOf(row)
  },
  standing: async (userId) => {
    const row = await db.selectFrom('accounts').selectAll().where('user_id', '=', userId).executeTakeFirst()
    if (row === undefined) return { account: undefined, devices: [], erased: await isErased(db, userId) }
    return { account: accountOf(row), devices: await devicesOf(db, [userId]), erased: false }
  },
  standings: (userIds) => standings(db, [...new Set(userIds)]),
  change: (userId, change, notice, act) =>
    onUser(db, userId, async (write) => {
      const hindered = await hindrance(write, userId, change)
      if (hindered !== undefined) return hindered
      const columns = { user_id: userId, ...changedColumns(change) }
      const { numUpdatedRows } = await write
        .updateTable('accounts')
        .set(columns)
        .where('user_id', '=', userId)
        .executeTakeFirst()
      if (numUpdatedRows === 0n) return 'missing'
      await keepNotice(write, notice)
      await keepAct(write, act)
      return 'changed'
    }),
  erase: (userId, at, notice, act) => onUser(db, userId, (write) => erase(write, userId, at, notice, act)),
  existing: (userIds) => existingOf(db, userIds),
  erased: (userIds) => erasedOf(db, userIds),
})
