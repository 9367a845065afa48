import type { ParkedReaction, ParkedReactionRecords } from '../../ports/parked-reactions.ts'
import { inTransaction } from './database/in-transaction.ts'
import type { ParkedReactionRow } from './migrations/parked-reactions-migration.ts'
import type { Database } from './tables.ts'

const toRow = (reaction: ParkedReaction): ParkedReactionRow => ({
  process: reaction.process,
  stream: reaction.stream,
  epoch: reaction.epoch,
  revision: reaction.revision,
  position: reaction.position === null ? null : String(reaction.position),
  type: reaction.type,
  attempts: reaction.attempts,
  error: reaction.error,
  at: reaction.at,
  retry_asked: 0,
})

const fromRow = ({ position, retry_asked, ...row }: ParkedReactionRow): ParkedReaction => ({
  ...row,
  position: position === null ? null : BigInt(position),
})

export const createParkedReactions = (db: Database): ParkedReactionRecords => {
  const row = (process: string, stream: string) =>
    db.selectFrom('parked_reactions').selectAll().where('process', '=', process).where('stream', '=', stream)

  return {
    parkedReactions: async (limit, process) => {
      const all = db.selectFrom('parked_reactions').selectAll().orderBy('at').orderBy('process').orderBy('stream')
      const rows = await (process === undefined ? all : all.where('process', '=', process)).limit(limit).execute()
      return rows.map(fromRow)
    },
    parkedReactionCount: async () => {
      const counted = db.selectFrom('parked_reactions').select(({ fn }) => fn.countAll().as('count'))
      return Number((await counted.executeTakeFirstOrThrow()).count)
    },
    parkReaction: async (reaction) => {
      const { process, stream, ...columns } = toRow(reaction)
      await inTransaction(db, (write) =>
        write
          .insertInto('parked_reactions')
          .values({ process, stream, ...columns })
          .onConflict((conflict) => conflict.columns(['process', 'stream']).doUpdateSet(columns))
          .execute(),
      )
    },
    resumeReactions: async (process, stream) => {
      await inTransaction(db, (write) =>
        write.deleteFrom('parked_reactions').where('process', '=', process).where('stream', '=', stream).execute(),
      )
    },
    askReactionRetry: async (process, stream) => {
      const asked = await inTransaction(db, (write) =>
        write
          .updateTable('parked_reactions')
          .set({ retry_asked: 1 })
          .where('process', '=', process)
          .where('stream', '=', stream)
          .executeTakeFirst(),
      )
      return Number(asked.numUpdatedRows) > 0
    },
    reactionRetry: async (process, stream) => {
      const found = await row(process, stream).executeTakeFirst()
      if (found === undefined) return undefined
      return Number(found.retry_asked) === 1 ? 'asked' : 'parked'
    },
    reactionRetries: async (process) => {
      const asked = db.selectFrom('parked_reactions').select('stream').where('process', '=', process)
      return (await asked.where('retry_asked', '=', 1).execute()).map(({ stream }) => stream)
    },
  }
}
