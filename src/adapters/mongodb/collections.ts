import type { IndexDescriptionInfo } from 'mongodb'
import type { Collection } from '../../ports/document-store.ts'
import { OperatorError } from '../../ports/errors/operator-error.ts'
import type { Engine } from './connect.ts'
import { existsAlready, isDuplicateKey, isMissing, isOtherIndex } from './mongo-errors.ts'
import { fieldName } from './stored.ts'

/** The fields that a collection was made with: its documents have these and no others. */
interface Declaration {
  readonly _id: string
  readonly fields: readonly string[]
}

type IndexKey = Readonly<Record<string, 1>>

const keyOf = (fields: readonly string[]): IndexKey => Object.fromEntries(fields.map((field) => [fieldName(field), 1]))
const nameOf = (key: Readonly<Record<string, unknown>>): string =>
  Object.entries(key)
    .map(([field, order]) => `${field}_${String(order)}`)
    .join('_')

/** Options that make an index answer, or refuse, something other than a plain one. */
const peculiar = ['unique', 'sparse', 'hidden', 'partialFilterExpression', 'collation', 'expireAfterSeconds'] as const

const isPlain = (index: IndexDescriptionInfo): boolean =>
  peculiar.every((option) => index[option] === undefined || index[option] === false)

const differs = (name: string, index: string): OperatorError =>
  new OperatorError(
    `BACKSCROLL_MONGODB_URL: index ${index} of collection ${name} is not as this version makes it: drop it`,
  )

const ignoring = async (work: Promise<unknown>, expected: (error: unknown) => boolean): Promise<void> => {
  try {
    await work
  } catch (error) {
    if (!expected(error)) throw error
  }
}

export interface IndexBuilder {
  /** Builds without a time limit. */
  build(collection: string, key: IndexKey, name: string): Promise<void>
}

/** Collections and their indexes; several processes may do the same at the same time. */
export const createCollections = ({ db, maxTimeMS }: Engine, builder: IndexBuilder) => {
  const declarations = db.collection<Declaration>('declarations')

  const create = async (name: string): Promise<void> => {
    const [existing] = await db.listCollections({ name }, { nameOnly: false, maxTimeMS }).toArray()
    if (existing === undefined) return ignoring(db.createCollection(name, { maxTimeMS }), existsAlready)
    if (existing.options?.collation !== undefined)
      throw new OperatorError(`BACKSCROLL_MONGODB_URL: collection ${name} has an order of its own: drop it`)
  }

  const declare = async ({ name, fields }: Collection): Promise<void> => {
    const declaration = { _id: name, fields: Object.keys(fields) }
    await ignoring(declarations.insertOne(declaration, { maxTimeMS }), (error) =>
      isDuplicateKey(error instanceof Error && 'code' in error ? error.code : undefined),
    )
    const made = await declarations.findOne({ _id: name }, { maxTimeMS })
    const missing = declaration.fields.find((field) => made !== null && !made.fields.includes(field))
    if (missing === undefined) return
    throw new Error(`collection ${name} was made without field ${missing}: raise the view's version`)
  }

  const ensureIndex = async (name: string, existing: readonly IndexDescriptionInfo[], key: IndexKey): Promise<void> => {
    const wanted = nameOf(key)
    const same = existing.find((index) => nameOf(index.key) === wanted)
    if (same !== undefined && !isPlain(same)) throw differs(name, same.name ?? wanted)
    if (same !== undefined) return
    if (existing.some((index) => index.name === wanted)) throw differs(name, wanted)
    try {
      await builder.build(name, key, wanted)
    } catch (error) {
      throw isOtherIndex(error) ? differs(name, wanted) : error
    }
  }

  const index = async ({ name, indexes }: Collection): Promise<void> => {
    const existing = await db.collection(name).indexes({ maxTimeMS })
    // One after the other: an engine may refuse a list when some of it exists.
    for (const fields of indexes) await ensureIndex(name, existing, keyOf(fields))
  }

  return {
    open: async (collection: Collection, deferIndexes: boolean): Promise<void> => {
      await create(collection.name)
      await declare(collection)
      if (!deferIndexes) await index(collection)
    },
    index,
    drop: async (name: string): Promise<void> => {
      await declarations.deleteOne({ _id: name }, { maxTimeMS })
      await ignoring(db.collection(name).drop({ maxTimeMS }), isMissing)
    },
  }
}

export type Collections = ReturnType<typeof createCollections>
