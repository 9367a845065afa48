import { sql } from 'kysely'
import type { BodyKeys, KeySlice } from '../../ports/body-keys.ts'
import type { BodyKeysRow } from './body-keys-table.ts'
import { inTransaction } from './database/in-transaction.ts'
import type { Database, Write } from './tables.ts'

const idOf = ({ life, stream, slice }: KeySlice): string => `${life}/${slice}/${stream}`

const toText = (keys: Uint8Array): string => Buffer.from(keys).toString('base64')
const fromText = (text: string): Uint8Array => Buffer.from(text, 'base64')

const find = async (db: Database | Write, slices: readonly KeySlice[]): Promise<ReadonlyMap<string, string>> => {
  if (slices.length === 0) return new Map()
  const rows = await db.selectFrom('body_keys').select(['id', 'keys']).where('id', 'in', slices.map(idOf)).execute()
  return new Map(rows.map(({ id, keys }) => [id, keys]))
}

const load = async (
  db: Database | Write,
  slices: readonly KeySlice[],
): Promise<readonly (Uint8Array | undefined)[]> => {
  const found = await find(db, slices)
  return slices.map((slice) => {
    const text = found.get(idOf(slice))
    return text === undefined ? undefined : fromText(text)
  })
}

const must = (keys: Uint8Array | undefined): Uint8Array => {
  if (keys === undefined) throw new Error('keys that were made are not there')
  return keys
}

/** One statement makes the missing rows, and every caller takes what is there then. */
const obtain = async (db: Database, slices: readonly KeySlice[], fresh: () => Uint8Array) => {
  const before = await load(db, slices)
  const missing = slices.filter((_, index) => before[index] === undefined)
  if (missing.length === 0) return before.map(must)
  const rows = missing.map((slice) => ({
    id: idOf(slice),
    stream: slice.stream,
    slice: slice.slice,
    keys: toText(fresh()),
  }))
  await inTransaction(db, (write) =>
    write
      .insertInto('body_keys')
      .values(rows)
      .onConflict((conflict) => conflict.column('id').doNothing())
      .execute(),
  )
  return (await load(db, slices)).map(must)
}

/** Replaces only the value that it was made from, so a concurrent caller loses nothing. */
const replace = async (
  write: Write,
  { id, keys }: Pick<BodyKeysRow, 'id' | 'keys'>,
  left: string,
): Promise<boolean> => {
  const done = await write
    .updateTable('body_keys')
    .set({ keys: left })
    .where('id', '=', id)
    .where('keys', '=', keys)
    .executeTakeFirst()
  return done.numUpdatedRows === 1n
}

/** Works in any SQL database of the accounts. */
export const createBodyKeys = (db: Database): BodyKeys => ({
  load: (slices) => load(db, slices),
  obtain: (slices, fresh) => obtain(db, slices, fresh),
  take: async (stream, slice, take) => {
    for (let isDone = false; !isDone; ) {
      isDone = await inTransaction(db, async (write) => {
        const rows = await write
          .selectFrom('body_keys')
          .select(['id', 'keys'])
          .where('stream', '=', stream)
          .where('slice', '=', sql.lit(slice))
          .execute()
        const changed = rows.map((row) => ({ row, left: toText(take(fromText(row.keys))) }))
        const replaced = changed.filter(({ row, left }) => left !== row.keys)
        const done = await Promise.all(replaced.map(({ row, left }) => replace(write, row, left)))
        return done.every((one) => one)
      })
    }
  },
})
