import type { PairingRecords } from '../../../ports/identity/pairing-records.ts'
import { inTransaction, onUser } from '../database/in-transaction.ts'
import type { Database, Write } from '../tables.ts'
import { keepNotice } from './notices.ts'

const openOf = async (write: Write, userId: string): Promise<number> =>
  (await write.selectFrom('pairings').select('pairing_id').where('user_id', '=', userId).execute()).length

const lastNumber = async (write: Write, pairingId: string): Promise<number> => {
  const row = await write
    .selectFrom('pairing_messages')
    .select('number')
    .where('pairing_id', '=', pairingId)
    .orderBy('number', 'desc')
    .limit(1)
    .executeTakeFirst()
  return row?.number ?? 0
}

const pairingsIn = (write: Write) => write.deleteFrom('pairings')
type Pairings = ReturnType<typeof pairingsIn>

/**
 * With their messages. The pairings go first: that waits for a message that is being added, which can then be
 * deleted.
 */
export const deletePairings = async (write: Write, these: (all: Pairings) => Pairings): Promise<void> => {
  await these(pairingsIn(write)).execute()
  const left = write.selectFrom('pairings').select('pairing_id')
  await write.deleteFrom('pairing_messages').where('pairing_id', 'not in', left).execute()
}

export const createPairingRecords = (db: Database): PairingRecords => ({
  openPairing: ({ pairingId, userId, deviceId, createdAt, expiresAt }, limit, notice) =>
    onUser(db, userId, async (write) => {
      await deletePairings(write, (pairings) => pairings.where('expires_at', '<=', createdAt))
      if ((await openOf(write, userId)) >= limit) return false
      const columns = { user_id: userId, device_id: deviceId, created_at: createdAt, expires_at: expiresAt }
      await write
        .insertInto('pairings')
        .values({ pairing_id: pairingId, ...columns })
        .execute()
      await keepNotice(write, notice)
      return true
    }),
  closePairing: (userId, pairingId, notice) =>
    onUser(db, userId, async (write) => {
      const mine = write.selectFrom('pairings').select('pairing_id').where('user_id', '=', userId)
      const found = await mine.where('pairing_id', '=', pairingId).executeTakeFirst()
      if (found === undefined) return false
      await deletePairings(write, (pairings) => pairings.where('pairing_id', '=', pairingId))
      await keepNotice(write, notice)
      return true
    }),
  pairings: async (userId, now) => {
    const rows = await db
      .selectFrom('pairings')
      .selectAll()
      .where('user_id', '=', userId)
      .where('expires_at', '>', now)
      .orderBy('created_at')
      .execute()
    return rows.map((row) => ({
      pairingId: row.pairing_id,
      userId: row.user_id,
      deviceId: row.device_id,
      createdAt: row.created_at,
      expiresAt: row.expires_at,
    }))
  },
  addPairingMessage: (pairingId, { deviceId, payload, at }, limit) =>
    inTransaction(db, async (write) => {
      // Locks the pairing, so that its messages are numbered one after the other.
      const open = await write
        .updateTable('pairings')
        .set({ pairing_id: pairingId })
        .where('pairing_id', '=', pairingId)
        .where('expires_at', '>', at)
        .executeTakeFirst()
      const before = await lastNumber(write, pairingId)
      if (open.numUpdatedRows === 0n || before >= limit) return undefined
      const message = { pairing_id: pairingId, number: before + 1, device_id: deviceId, payload, at }
      await write.insertInto('pairing_messages').values(message).execute()
      return before + 1
    }),
  pairingMessages: async (pairingId, after) => {
    const rows = await db
      .selectFrom('pairing_messages')
      .selectAll()
      .where('pairing_id', '=', pairingId)
      .where('number', '>', after)
      .orderBy('number')
      .execute()
    return rows.map(({ number, device_id, payload, at }) => ({ number, deviceId: device_id, payload, at }))
  },
})
