import { beforeEach, describe, expect, it } from 'vitest'
import {
  createMemoryDocumentStore,
  createMemoryDocuments,
  type MemoryDocuments,
} from '../../../../src/adapters/memory/document-store.ts'
import type { DocumentStore } from '../../../../src/ports/document-store.ts'
import { createPartitionNames, overtaken } from '../../../../src/projections/partitions/partition-names.ts'
import { countParked, createPartitionStore } from '../../../../src/projections/partitions/partition-store.ts'
import { decodeGenerations } from '../../../../src/projections/runner/runner-meta.ts'
import { countingView } from '../../../support/projections/counting-view.ts'

const counting = { name: 'counting.v1.0', fields: {}, indexes: [] }
const generations = (collection: string) =>
  JSON.stringify({ counting: { collection, version: Number(collection.split('.')[1]?.slice(1)), position: '1' } })

let documents: MemoryDocuments
let shared: DocumentStore
let parts: readonly DocumentStore[]
const part = (partition: number): DocumentStore => parts[partition] ?? shared

beforeEach(() => {
  documents = createMemoryDocuments()
  shared = createMemoryDocumentStore(documents)
  parts = Array.from({ length: 12 }, (_, partition) => createPartitionStore(shared, partition))
})

describe('the store of one partition', () => {
  it('has meta values of its own, and the collections in common with the others', async () => {
    await part(1).open(counting)
    await part(1).write([{ collection: counting.name, key: 'k', revision: 1, document: { count: 1 } }], { epoch: 'e' })
    await part(11).write([], { epoch: 'f', 'parked/conversation-a': '{}' })
    expect(await part(1).getMeta('epoch')).toBe('e')
    expect(await part(1).listMeta('')).toEqual([['epoch', 'e']])
    expect(await part(11).listMeta('parked/')).toEqual([['parked/conversation-a', '{}']])
    expect(await part(0).getMeta('epoch')).toBeUndefined()
    expect((await part(0).get(counting.name, 'k'))?.document).toEqual({ count: 1 })
    await part(1).write([], { epoch: null })
    expect(await part(1).getMeta('epoch')).toBeUndefined()
    expect(await part(11).getMeta('epoch')).toBe('f')
  })

  it.each(['live', 'building'])('keeps a collection that any partition has as %s, itself included', async (phase) => {
    await part(0).open(counting)
    for (const user of [1, 0]) {
      await part(user).write([], { [phase]: generations(counting.name) })
      await part(0).drop(counting.name)
      expect([...documents.collections.keys()]).toEqual([counting.name])
      await part(user).write([], { [phase]: null })
    }
    await part(1).write([], { [phase]: generations('counting.v1.00'), 'parked/conversation-"counting.v1.0"': '' })
    await part(0).drop(counting.name)
    expect([...documents.collections.keys()]).toEqual([])
  })

  it('leaves the shared store open when it is closed', async () => {
    await part(0).close()
    await part(1).write([], { epoch: 'e' })
    expect(await part(1).getMeta('epoch')).toBe('e')
  })

  it('counts the streams that stand still in the live views of all partitions', async () => {
    await part(0).write([], { 'parked/conversation-a': '{}', 'parked/conversation-b': '{}', live: '{}' })
    await part(10).write([], { 'parked/receipts-c': '{}', 'building-parked/conversation-d': '{}' })
    expect(await countParked(shared)).toBe(3)
  })
})

describe('the name of a generation', () => {
  const nameOf = async (version: number, served = '{}') =>
    createPartitionNames(shared)(countingView(version), decodeGenerations(served))

  it('is new where no partition has one', async () => {
    expect(await nameOf(3)).toBe('counting.v3.0')
  })

  it('is the one that other partitions have or build for the same version', async () => {
    await part(0).write([], { live: generations('counting.v1.4') })
    await part(1).write([], { live: generations('counting.v1.4'), building: generations('counting.v2.5') })
    expect(await nameOf(1)).toBe('counting.v1.4')
    expect(await nameOf(2)).toBe('counting.v2.5')
  })

  it('is the newest of them, should they have come apart', async () => {
    await part(0).write([], { live: generations('counting.v1.9') })
    await part(1).write([], { live: generations('counting.v1.10') })
    expect(await nameOf(1)).toBe('counting.v1.10')
  })

  it('is the next one for a partition that serves the newest, and the same for those that come after it', async () => {
    const [old, next] = [generations('counting.v1.4'), generations('counting.v1.5')]
    await part(0).write([], { live: old })
    await part(1).write([], { live: old })
    expect(await nameOf(1, old)).toBe('counting.v1.5')
    await part(0).write([], { building: next })
    expect(await nameOf(1, old)).toBe('counting.v1.5')
    expect(await overtaken(shared, [countingView(1)], decodeGenerations(old))).toEqual(['counting'])
    expect(await overtaken(shared, [countingView(1)], decodeGenerations(next))).toEqual([])
  })

  it('is one that no partition ever had, for another version', async () => {
    await part(0).write([], { live: generations('counting.v1.3') })
    await part(1).write([], { live: generations('counting.v2.6') })
    expect(await nameOf(3)).toBe('counting.v3.7')
  })
})
