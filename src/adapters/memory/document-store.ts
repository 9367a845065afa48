import type {
  Collection,
  Condition,
  DocumentStore,
  DocumentWrite,
  FieldValue,
  FoundDocument,
  Query,
  StoredDocument,
} from '../../ports/document-store.ts'

type Value = FieldValue | undefined

const rank = (value: Value): number => (value === null || value === undefined ? 0 : typeof value === 'number' ? 1 : 2)
/** Surrogates stand for code points above every other UTF-16 unit. */
const unitRank = (unit: number): number => (unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit)

const compareText = (left: string, right: string): number => {
  const length = Math.min(left.length, right.length)
  for (let at = 0; at < length; at += 1) {
    const difference = unitRank(left.charCodeAt(at)) - unitRank(right.charCodeAt(at))
    if (difference !== 0) return difference
  }
  return left.length - right.length
}

/** Null, then numbers, then text by code point: the order of the stored forms. */
const compare = (left: Value, right: Value): number => {
  if (typeof left === 'number' && typeof right === 'number') return left - right
  if (typeof left === 'string' && typeof right === 'string') return compareText(left, right)
  return rank(left) - rank(right)
}

const comparable = (left: Value, right: Value): boolean => rank(left) === rank(right) && rank(left) > 0

const holds = (value: Value, condition: Condition): boolean => {
  const { eq, not, gt, gte, lt, lte } = condition
  if (eq !== undefined && compare(value, eq) !== 0) return false
  if (not !== undefined && compare(value, not) === 0) return false
  if (condition.in !== undefined && !condition.in.some((each) => each !== null && compare(value, each) === 0))
    return false
  if (gt !== undefined && !(comparable(value, gt) && compare(value, gt) > 0)) return false
  if (gte !== undefined && !(comparable(value, gte) && compare(value, gte) >= 0)) return false
  if (lt !== undefined && !(comparable(value, lt) && compare(value, lt) < 0)) return false
  return lte === undefined || (comparable(value, lte) && compare(value, lte) <= 0)
}

const fieldOf = ({ key, document }: FoundDocument, field: string): Value => {
  if (field === 'key') return key
  const value = document[field]
  return typeof value === 'string' || typeof value === 'number' ? value : null
}

const matches = (found: FoundDocument, { key, where }: Query): boolean => {
  if (key !== undefined && !holds(found.key, key)) return false
  return Object.entries(where ?? {}).every(([field, condition]) => holds(fieldOf(found, field), condition))
}

const ordered = (all: FoundDocument[], { orderBy }: Query): FoundDocument[] => {
  if (orderBy === undefined) return all
  const sign = orderBy.direction === 'ascending' ? 1 : -1
  const byKey = (left: FoundDocument, right: FoundDocument): number =>
    orderBy.thenByKey === true ? compare(left.key, right.key) : 0
  return all.sort(
    (left, right) => sign * compare(fieldOf(left, orderBy.field), fieldOf(right, orderBy.field)) || byKey(left, right),
  )
}

interface Stored {
  readonly revision: number
  /** Stored as text, so that no caller shares an object with the store. */
  readonly text: string | null
}

/** What a store in memory leaves when it is closed; another one can be opened on it. */
export interface MemoryDocuments {
  readonly collections: Map<string, Map<string, Stored>>
  readonly meta: Map<string, string>
}

export const createMemoryDocuments = (): MemoryDocuments => ({ collections: new Map(), meta: new Map() })

/** Read models in memory, for tests and time travel: gone with the process. */
export const createMemoryDocumentStore = (documents: MemoryDocuments = createMemoryDocuments()): DocumentStore => {
  const { collections, meta } = documents

  const opened = (name: string): Map<string, Stored> => {
    const documents = collections.get(name)
    if (documents === undefined) throw new Error(`collection ${name} is not open`)
    return documents
  }
  const present = (name: string): FoundDocument[] => {
    const all = [...(collections.get(name) ?? [])]
    return all.flatMap(([key, { revision, text }]) =>
      text === null ? [] : [{ key, revision, document: JSON.parse(text) }],
    )
  }
  const find = (name: string, query: Query): readonly FoundDocument[] =>
    ordered(
      present(name).filter((each) => matches(each, query)),
      query,
    ).slice(0, query.limit)
  const put = ({ collection, key, revision, document }: DocumentWrite): void => {
    const documents = opened(collection)
    const before = documents.get(key)
    if (before !== undefined && before.revision >= revision) return
    documents.set(key, { revision, text: document === null ? null : JSON.stringify(document) })
  }
  const stored = (found: Stored): StoredDocument => ({
    revision: found.revision,
    document: found.text === null ? null : JSON.parse(found.text),
  })

  return {
    async open({ name }: Collection) {
      if (!collections.has(name)) collections.set(name, new Map())
    },
    async index(name) {
      opened(name)
    },
    async drop(name) {
      collections.delete(name)
    },
    async load(name, keys) {
      const documents = opened(name)
      return new Map(
        keys.flatMap((key) => {
          const found = documents.get(key)
          return found === undefined ? [] : [[key, stored(found)] as const]
        }),
      )
    },
    async write(writes, changes = {}) {
      for (const { collection } of writes) opened(collection)
      for (const each of writes) put(each)
      for (const [key, value] of Object.entries(changes)) {
        if (value === null) meta.delete(key)
        else meta.set(key, value)
      }
    },
    async get(name, key) {
      return find(name, { key: { eq: key } })[0]
    },
    async find(name, query) {
      return find(name, query)
    },
    async count(name, query, cap) {
      return find(name, { ...query, limit: cap }).length
    },
    async getMeta(key) {
      return meta.get(key)
    },
    async listMeta(prefix) {
      return [...meta].filter(([key]) => key.startsWith(prefix)).sort(([left], [right]) => compareText(left, right))
    },
    async close() {},
  }
}
