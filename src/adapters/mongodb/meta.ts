import { ObjectId } from 'mongodb'
import type { Engine } from './connect.ts'
import type { WriteGuarded } from './guarded-writes.ts'

interface MetaChange {
  readonly key: string
  /** Null removes it. */
  readonly value: string | null
}

interface MetaValue {
  readonly _id: string
  readonly value: string
}

/** Several changes that an insert decides: from then on they hold, whoever carries them out. */
interface MetaBatch {
  readonly _id: ObjectId
  readonly changes: readonly MetaChange[]
}

export type MetaChanges = Readonly<Record<string, string | null>>

const overlaid = (values: readonly MetaValue[], batches: readonly MetaBatch[]): ReadonlyMap<string, string | null> =>
  new Map<string, string | null>([
    ...values.map(({ _id, value }) => [_id, value] as const),
    ...batches.flatMap(({ changes }) => changes.map(({ key, value }) => [key, value] as const)),
  ])

/**
 * One document for each meta value. Several that change together are first one document of their own, since there
 * are no transactions to rely on: if a process is killed while it carries them out, that document stays, every
 * reader sees its values, and the next writer of one of them carries it out.
 */
export const createMeta = ({ db, maxTimeMS }: Engine, writeGuarded: WriteGuarded) => {
  const values = db.collection<MetaValue>('meta')
  const batches = db.collection<MetaBatch>('meta_batches')

  const leftBatches = (): Promise<MetaBatch[]> => batches.find({}, { maxTimeMS }).toArray()

  const apply = async (changes: readonly MetaChange[]): Promise<void> => {
    const kept = changes.filter(({ value }) => value !== null)
    const removed = changes.filter(({ value }) => value === null).map(({ key }) => key)
    const writes = kept.map(({ key, value }) => ({ _id: key, isNew: false, guard: {}, values: { value } }))
    await writeGuarded(db.collection('meta'), writes)
    if (removed.length > 0) await values.deleteMany({ _id: { $in: removed } }, { maxTimeMS })
  }

  const applyBatch = async ({ _id, changes }: MetaBatch): Promise<void> => {
    await apply(changes)
    await batches.deleteOne({ _id }, { maxTimeMS })
  }

  const read = async (filter: Parameters<typeof values.find>[0]) => {
    const [found, left] = await Promise.all([values.find(filter, { maxTimeMS }).toArray(), leftBatches()])
    return overlaid(found, left)
  }

  return {
    get: async (key: string): Promise<string | undefined> => (await read({ _id: key })).get(key) ?? undefined,
    list: async (prefix: string): Promise<readonly (readonly [string, string])[]> => {
      const found = await read({ _id: { $gte: prefix, $lt: `${prefix}\u{10FFFF}` } })
      const present = [...found].flatMap(([key, value]) =>
        value === null || !key.startsWith(prefix) ? [] : [[key, value] as const],
      )
      return present.sort(([left], [right]) => Buffer.compare(Buffer.from(left), Buffer.from(right)))
    },
    /** Must happen before `write`: otherwise an older batch would overwrite the new values. */
    applyPending: async (changes: MetaChanges): Promise<void> => {
      if (Object.keys(changes).length === 0) return
      for (const batch of await leftBatches())
        if (batch.changes.some(({ key }) => Object.hasOwn(changes, key))) await applyBatch(batch)
    },
    write: async (changed: MetaChanges): Promise<void> => {
      const changes = Object.entries(changed).map(([key, value]) => ({ key, value }))
      if (changes.length < 2) return apply(changes)
      const batch = { _id: new ObjectId(), changes }
      await batches.insertOne(batch, { maxTimeMS })
      await applyBatch(batch)
    },
  }
}

export type Meta = ReturnType<typeof createMeta>
