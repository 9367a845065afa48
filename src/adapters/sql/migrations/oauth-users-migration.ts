import type { Write } from '../tables.ts'

interface RecordOfUser {
  readonly accountId?: string
  readonly session?: { readonly accountId?: string }
  readonly result?: { readonly login?: { readonly accountId?: string } }
}

const userIn = (payload: string): string | undefined => {
  const { accountId, session, result }: RecordOfUser = JSON.parse(payload)
  return accountId ?? session?.accountId ?? result?.login?.accountId
}

/** The first databases of all had no user beside a record: sign-ins were not ended with the account. */
export const addUsersOfRecords = async (db: Write): Promise<void> => {
  const tables = await db.introspection.getTables()
  const columns = tables.find(({ name }) => name === 'oauth_records')?.columns ?? []
  if (columns.some(({ name }) => name === 'user_id')) return
  await db.schema.alterTable('oauth_records').addColumn('user_id', 'text').execute()
  await db.schema.createIndex('oauth_records_by_user').on('oauth_records').column('user_id').execute()
  for (const { kind, id, payload } of await db
    .selectFrom('oauth_records')
    .select(['kind', 'id', 'payload'])
    .execute()) {
    const user_id = userIn(payload) ?? null
    await db.updateTable('oauth_records').set({ user_id }).where('kind', '=', kind).where('id', '=', id).execute()
  }
}
