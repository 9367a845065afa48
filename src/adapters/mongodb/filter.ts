import type { Filter, FindOptions } from 'mongodb'
import type { Condition, FieldValue, Query } from '../../ports/document-store.ts'
import { fieldName, type Stored } from './stored.ts'

type Operators = Readonly<Record<string, FieldValue | readonly FieldValue[]>>

const nothing: Operators = { $in: [] }
const ranges = ['gt', 'gte', 'lt', 'lte'] as const

/** MongoDB compares within a type only, as the port does; but it takes null as equal to null in a range, and in a list. */
const operatorsOf = (condition: Condition): Operators => {
  if (ranges.some((name) => condition[name] === null)) return nothing
  const operators: Record<string, FieldValue | readonly FieldValue[]> = {}
  if (condition.eq !== undefined) operators.$eq = condition.eq
  if (condition.not !== undefined) operators.$ne = condition.not
  if (condition.in !== undefined) operators.$in = condition.in.filter((each) => each !== null)
  for (const name of ranges) {
    const bound = condition[name]
    if (bound !== undefined) operators[`$${name}`] = bound
  }
  return operators
}

const conditionOf = (condition: Condition): Operators | FieldValue => {
  const operators = operatorsOf(condition)
  return Object.keys(operators).length === 1 && condition.eq !== undefined ? condition.eq : operators
}

/** Each query is one filter: never a tombstone, and all conditions at once. */
export const filterOf = ({ key, where }: Query): Filter<Stored> => {
  const fields = Object.entries(where ?? {}).map(([field, condition]) => [fieldName(field), conditionOf(condition)])
  return { ...(key !== undefined && { _id: conditionOf(key) }), ...Object.fromEntries(fields), document: { $ne: null } }
}

const sortOf = ({ field, direction, thenByKey }: NonNullable<Query['orderBy']>) => ({
  [fieldName(field)]: direction === 'ascending' ? (1 as const) : (-1 as const),
  ...(thenByKey === true && { _id: 1 as const }),
})

export const findOptionsOf = ({ orderBy, limit }: Query): FindOptions => ({
  ...(orderBy !== undefined && { sort: sortOf(orderBy) }),
  ...(limit !== undefined && { limit }),
})
