import type { Collection, Condition, FieldValue, Query } from '../../../ports/document-store.ts'

/** SQL text and its bindings. Equal shapes give equal text, so statements can be cached by it. */
export interface Sql {
  readonly text: string
  readonly values: readonly FieldValue[]
}

export const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`

/** Fields have a prefix, so that one may be called `revision`. */
export const column = (field: string): string => (field === 'key' ? 'key' : quoted(`f_${field}`))

/** `IS` and `IS NOT` also compare null, and use an index like `=`. */
const operators = { eq: 'IS', not: 'IS NOT', gt: '>', gte: '>=', lt: '<', lte: '<=' } as const
const comparisons = ['eq', 'not', 'gt', 'gte', 'lt', 'lte'] as const

const conditions = (field: string, condition: Condition, values: FieldValue[]): string[] => {
  const parts: string[] = []
  for (const name of comparisons) {
    const value = condition[name]
    if (value === undefined) continue
    parts.push(`${column(field)} ${operators[name]} ?`)
    values.push(value)
  }
  if (condition.in === undefined) return parts
  values.push(JSON.stringify(condition.in))
  return [...parts, `${column(field)} IN (SELECT value FROM json_each(?))`]
}

const matching = (collection: string, query: Query): Sql => {
  const values: FieldValue[] = []
  const parts = query.key === undefined ? [] : conditions('key', query.key, values)
  for (const [field, condition] of Object.entries(query.where ?? {}))
    parts.push(...conditions(field, condition, values))
  return { text: `FROM ${quoted(collection)} WHERE ${['document IS NOT NULL', ...parts].join(' AND ')}`, values }
}

const ordering = ({ orderBy }: Query): string =>
  orderBy === undefined
    ? ''
    : ` ORDER BY ${column(orderBy.field)} ${orderBy.direction === 'ascending' ? 'ASC' : 'DESC'}${orderBy.thenByKey === true ? ', key ASC' : ''}`

export const findSql = (collection: string, query: Query): Sql => {
  const { text, values } = matching(collection, query)
  const select = `SELECT key, revision, document, sum ${text}${ordering(query)}`
  return query.limit === undefined
    ? { text: select, values }
    : { text: `${select} LIMIT ?`, values: [...values, query.limit] }
}

export const countSql = (collection: string, query: Query, cap: number): Sql => {
  const { text, values } = matching(collection, query)
  return { text: `SELECT count(*) AS count FROM (SELECT 1 ${text} LIMIT ?)`, values: [...values, cap] }
}

export const getSql = (collection: string): string =>
  `SELECT key, revision, document, sum FROM ${quoted(collection)} WHERE key = ? AND document IS NOT NULL`

export const loadSql = (collection: string): string =>
  `SELECT key, revision, document, sum FROM ${quoted(collection)} WHERE key IN (SELECT value FROM json_each(?))`

/**
 * The document comes last: a long one overflows its page, and conditions on the fields must not have to read
 * through it.
 */
export const createTableSql = ({ name, fields }: Collection): string => {
  const columns = Object.entries(fields).map(([field, type]) => `${column(field)} ${type.toUpperCase()}`)
  const all = [
    'id INTEGER PRIMARY KEY',
    'key TEXT NOT NULL UNIQUE',
    'revision INTEGER NOT NULL',
    'sum INTEGER NOT NULL',
    ...columns,
    'document TEXT',
  ]
  return `CREATE TABLE IF NOT EXISTS ${quoted(name)} (${all.join(', ')})`
}

export const createIndexSql = ({ name }: Collection, fields: readonly string[]): string =>
  `CREATE INDEX IF NOT EXISTS ${quoted(`${name}/${fields.join('/')}`)} ON ${quoted(name)} (${fields.map(column).join(', ')})`

/** The guard is part of the statement: a revision that is not above the stored one changes nothing. */
export const upsertSql = ({ name, fields }: Collection): string => {
  const columns = ['key', 'revision', 'document', 'sum', ...Object.keys(fields).map(column)]
  const sets = columns.slice(1).map((each) => `${each} = excluded.${each}`)
  return `INSERT INTO ${quoted(name)} (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')})
    ON CONFLICT (key) DO UPDATE SET ${sets.join(', ')} WHERE excluded.revision > ${quoted(name)}.revision`
}
