import { sql } from 'kysely'
import type {
  DueWake,
  OwedMessage,
  PushBacklog,
  PushKind,
  PushWakes,
  WakeSettlement,
} from '../../../ports/identity/push-records.ts'
import { inTransaction } from '../database/in-transaction.ts'
import type { PushTargetRow } from '../migrations/push-migration.ts'
import type { Database, Write } from '../tables.ts'

/** Rows in one statement, because each engine limits the number of values. */
const atATime = 500

const chunks = <Item>(items: readonly Item[]): readonly (readonly Item[])[] =>
  Array.from({ length: Math.ceil(items.length / atATime) }, (_, index) =>
    items.slice(index * atATime, (index + 1) * atATime),
  )

const kinds: readonly PushKind[] = ['fcm', 'webpush', 'webhook']

export const pushKindOf = (text: string): PushKind => kinds.find((kind) => kind === text) ?? 'webhook'

const wakeOf = (row: PushTargetRow, before: number): DueWake => ({
  userId: row.user_id,
  deviceId: row.device_id,
  kind: pushKindOf(row.kind),
  target: row.target,
  hash: row.hash,
  owed: row.owed,
  heldUntil: row.due_at ?? 0,
  quietUntil: before,
  tries: row.tries,
})

/**
 * The newest message of each user and conversation, in a fixed order so that transactions rarely wait for each
 * other.
 */
const newestOf = (messages: readonly OwedMessage[]): readonly OwedMessage[] => {
  const newest = new Map<string, OwedMessage>()
  for (const one of messages) {
    const key = `${one.userId}/${one.conversationId}`
    if (one.seq > (newest.get(key)?.seq ?? -1)) newest.set(key, one)
  }
  return [...newest].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, one]) => one)
}

/** Adds an entry for the operator's own service to active users who have no target. */
const addWebhooks = (write: Write, userIds: readonly string[], at: number) =>
  sql`INSERT INTO push_targets
    (user_id, device_id, kind, target, hash, refreshed_at, owed, woken, due_at, quiet_until, tries)
    SELECT user_id, '', 'webhook', '', 'webhook:' || user_id, CAST(${at} AS bigint), 0, 0, NULL, 0, 0 FROM accounts
    WHERE user_id IN (${sql.join([...userIds])}) AND status = 'active'
      AND NOT EXISTS (SELECT 1 FROM push_targets WHERE push_targets.user_id = accounts.user_id)
    ON CONFLICT DO NOTHING`.execute(write)

const withTarget = async (write: Database | Write, userIds: readonly string[]): Promise<ReadonlySet<string>> => {
  const rows = write.selectFrom('push_targets').select('user_id').distinct()
  return new Set((await rows.where('user_id', 'in', [...userIds]).execute()).map(({ user_id }) => user_id))
}

const keepWaiting = (write: Write, messages: readonly OwedMessage[]) =>
  write
    .insertInto('push_waiting')
    .values(
      messages.map(({ userId, conversationId, ...rest }) => ({
        user_id: userId,
        conversation_id: conversationId,
        ...rest,
      })),
    )
    .onConflict((conflict) =>
      conflict
        .columns(['user_id', 'conversation_id'])
        .doUpdateSet({ seq: sql<number>`excluded.seq`, at: sql<number>`excluded.at` })
        .whereRef('push_waiting.seq', '<', sql.ref('excluded.seq')),
    )
    .execute()

const makeDue = (write: Write, userIds: readonly string[], dueAt: number) =>
  write
    .updateTable('push_targets')
    .set({
      owed: sql<number>`owed + 1`,
      due_at: sql<number>`CASE WHEN due_at IS NOT NULL THEN due_at WHEN quiet_until > ${dueAt} THEN quiet_until ELSE ${dueAt} END`,
    })
    .where('user_id', 'in', [...userIds])
    .execute()

const owe = async (write: Write, messages: readonly OwedMessage[], dueAt: number, byWebhook: boolean) => {
  const userIds = [...new Set(messages.map(({ userId }) => userId))]
  if (byWebhook) await addWebhooks(write, userIds, dueAt)
  const targeted = await withTarget(write, userIds)
  const owed = messages.filter(({ userId }) => targeted.has(userId))
  if (owed.length === 0) return
  await keepWaiting(write, owed)
  await makeDue(write, [...targeted], dueAt)
}

const claim = async (write: Write, kind: PushKind, limit: number, now: number, until: number) => {
  const isDue = sql<boolean>`kind = ${kind} AND due_at <= ${now}`
  const { rows } = await sql<PushTargetRow>`UPDATE push_targets SET due_at = ${until}
    WHERE ${isDue} AND hash IN
      (SELECT hash FROM push_targets WHERE ${isDue} ORDER BY due_at LIMIT ${limit})
    RETURNING *`.execute(write)
  return rows.map((row) => wakeOf(row, row.quiet_until))
}

const held = ({ userId, deviceId, heldUntil }: DueWake) =>
  sql<boolean>`user_id = ${userId} AND device_id = ${deviceId} AND due_at = ${heldUntil}`

const begin = async (write: Write, wakes: readonly DueWake[], quietUntil: number, until: number) => {
  const begun: DueWake[] = []
  for (const wake of wakes) {
    const { numUpdatedRows } = await write
      .updateTable('push_targets')
      .set({ quiet_until: quietUntil, due_at: Math.max(quietUntil, until) })
      .where(held(wake))
      .executeTakeFirst()
    if (numUpdatedRows === 1n) begun.push({ ...wake, heldUntil: Math.max(quietUntil, until) })
  }
  return begun
}

const settle = async (write: Write, settlement: WakeSettlement): Promise<void> => {
  const { wake } = settlement
  if (settlement.kind === 'gone') {
    await write.deleteFrom('push_targets').where('hash', '=', wake.hash).where(held(wake)).execute()
    return
  }
  const { owed } = wake
  const columns =
    settlement.kind === 'later'
      ? { due_at: settlement.at, quiet_until: settlement.quietUntil, tries: settlement.tries }
      : { due_at: sql<number>`CASE WHEN owed > ${owed} THEN quiet_until ELSE NULL END`, woken: owed, tries: 0 }
  await write.updateTable('push_targets').set(columns).where(held(wake)).execute()
}

/** Deletes messages for which nobody has to be woken any more. */
export const forgetWaiting = (write: Write) =>
  write
    .deleteFrom('push_waiting')
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('push_targets')
            .select('push_targets.user_id')
            .whereRef('push_targets.user_id', '=', 'push_waiting.user_id')
            .whereRef('push_targets.owed', '>', 'push_targets.woken'),
        ),
      ),
    )

const settleAll = async (write: Write, settlements: readonly WakeSettlement[]): Promise<void> => {
  for (const one of settlements) await settle(write, one)
  const ended = settlements.filter(({ kind }) => kind !== 'later').map(({ wake }) => wake.userId)
  for (const userIds of chunks([...new Set(ended)].sort()))
    await forgetWaiting(write)
      .where('user_id', 'in', [...userIds])
      .execute()
}

const quietHours = async (db: Database, userIds: readonly string[]) => {
  const rows = await db
    .selectFrom('push_preferences')
    .selectAll()
    .where('user_id', 'in', [...userIds])
    .execute()
  return rows.flatMap(({ user_id, quiet_from: from, quiet_to: to, time_zone: timeZone }) =>
    from === null || to === null || timeZone === null ? [] : [[user_id, { from, to, timeZone }] as const],
  )
}

const backlog = async (db: Database, now: number): Promise<PushBacklog> => {
  const row = await db
    .selectFrom('push_targets')
    .select(({ fn }) => [fn.countAll<number>().as('due'), fn.min<number | null>('due_at').as('oldest')])
    .where('due_at', '<=', now)
    .executeTakeFirstOrThrow()
  return { due: row.due, oldest: row.oldest }
}

export const createPushWakes = (db: Database): PushWakes => ({
  owePushes: async (messages, dueAt, byWebhook) => {
    for (const some of chunks(newestOf(messages)))
      await inTransaction(db, (write) => owe(write, some, dueAt, byWebhook))
  },
  claimPushes: (kind, limit, now, until) => inTransaction(db, (write) => claim(write, kind, limit, now, until)),
  beginPushes: (wakes, quietUntil, until) => inTransaction(db, (write) => begin(write, wakes, quietUntil, until)),
  settlePushes: (settlements) => inTransaction(db, (write) => settleAll(write, settlements)),
  waitingPushes: async (userIds) => {
    const rows: OwedMessage[] = []
    for (const some of chunks(userIds)) {
      const found = await db
        .selectFrom('push_waiting')
        .selectAll()
        .where('user_id', 'in', [...some])
        .execute()
      rows.push(
        ...found.map(({ user_id, conversation_id, seq, at }) => ({
          userId: user_id,
          conversationId: conversation_id,
          seq,
          at,
        })),
      )
    }
    return rows
  },
  reachablePushes: async (userIds) => {
    const found = await Promise.all(chunks(userIds).map((some) => withTarget(db, some)))
    return new Set(found.flatMap((some) => [...some]))
  },
  quietHoursOf: async (userIds) =>
    new Map((await Promise.all(chunks(userIds).map((some) => quietHours(db, some)))).flat()),
  pushBacklog: (now) => backlog(db, now),
})
