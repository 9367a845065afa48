import type { DocumentReader, FoundDocument } from '../../ports/document-store.ts'
import type { Engine } from './connect.ts'
import { filterOf, findOptionsOf } from './filter.ts'
import { collectionIn, documentOf, type Stored } from './stored.ts'

const projection = { revision: 1, document: 1 } as const
/** A find with more results arrives in several batches of this many documents. */
const batchSize = 1_000

const foundOf = ({ _id, revision, document }: Stored): readonly FoundDocument[] =>
  document === null ? [] : [{ key: _id, revision, document: documentOf(document) }]

/** Reads what is there; a collection that does not exist is empty. */
export const createReader = ({ db, maxTimeMS }: Engine): Pick<DocumentReader, 'get' | 'find' | 'count'> => ({
  async get(collection, key) {
    const stored = await collectionIn(db, collection).findOne({ _id: key }, { projection, maxTimeMS })
    return stored === null ? undefined : foundOf(stored)[0]
  },
  async find(collection, query) {
    // To MongoDB a limit of 0 means none.
    if (query.limit === 0) return []
    const options = { ...findOptionsOf(query), projection, batchSize, maxTimeMS }
    return (await collectionIn(db, collection).find(filterOf(query), options).toArray()).flatMap(foundOf)
  },
  async count(collection, query, cap) {
    if (cap === 0) return 0
    return collectionIn(db, collection).countDocuments(filterOf(query), { limit: cap, maxTimeMS })
  },
})
