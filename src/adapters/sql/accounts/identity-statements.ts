import type { Database, Write } from '../tables.ts'

/** Oldest first; JSON. */
export const statementsOf = async (db: Database | Write, userId: string): Promise<readonly string[]> => {
  const rows = await db
    .selectFrom('identity_statements')
    .select('statement')
    .where('user_id', '=', userId)
    .orderBy('number')
    .execute()
  return rows.map((row) => row.statement)
}

/** The user is locked: nobody else takes the number. */
export const addStatement = async (write: Write, userId: string, statement: string, at: number): Promise<void> => {
  const last = await write
    .selectFrom('identity_statements')
    .select('number')
    .where('user_id', '=', userId)
    .orderBy('number', 'desc')
    .limit(1)
    .executeTakeFirst()
  await write
    .insertInto('identity_statements')
    .values({ user_id: userId, number: (last?.number ?? 0) + 1, statement, at })
    .execute()
}

export const forgetStatements = async (write: Write, userId: string): Promise<void> =>
  void (await write.deleteFrom('identity_statements').where('user_id', '=', userId).execute())
