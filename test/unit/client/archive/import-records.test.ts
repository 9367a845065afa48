import { describe, expect, it } from 'vitest'
import type { ArchiveRecord } from '../../../../packages/client/src/archive/archive-records.ts'
import { type ExportCursor, exportRecords } from '../../../../packages/client/src/archive/export-records.ts'
import { createImportRecords } from '../../../../packages/client/src/archive/import-records.ts'
import { pieceBatches } from '../../../../packages/client/src/archive/piece-batches.ts'
import { loadPlaintexts } from '../../../../packages/client/src/records/plaintexts.ts'
import { createLazyRecords } from '../../../../packages/client/src/stores/lazy-records.ts'
import { createMemoryReads } from '../../../../packages/client/src/stores/memory-reads.ts'

const device = (expiresBefore: number | undefined = undefined) => {
  const plaintexts = loadPlaintexts(new Map(), createLazyRecords(createMemoryReads([])).records)
  const heard: string[] = []
  const take = createImportRecords({
    ...{ plaintexts, expiresBefore: () => expiresBefore },
    hearProfile: (userId, { name }) => heard.push(`${userId} is ${name}`),
    keepGroupKeys: (id, keys) => heard.push(`${id} has ${keys.join()}`),
  })
  return { plaintexts, take, heard }
}
const message = (revision: number, more: object = {}): ArchiveRecord => ({
  ...{ type: 'message', conversationId: 'c', revision, plaintext: 'AAAA', at: revision },
  ...more,
})
const kept = { plaintext: 'AAAA' }

describe('Records of an archive', () => {
  it('are taken where this device has read nothing, and count once', async () => {
    const { plaintexts, take, heard } = device()
    plaintexts.put('c', 1, { plaintext: 'own0' })
    plaintexts.put('c', 2, { unreadable: 'wrong_epoch' })
    const books: ArchiveRecord[] = [
      { type: 'profile', userId: 'bob', profile: { name: 'Bobby', number: 1 } },
      { type: 'group_keys', conversationId: 'g', keys: ['a', 'b'] },
    ]
    expect((await take([message(1), message(2), message(3, { target: 1 }), ...books])).messages).toBe(2)
    expect((await take([message(1), message(2), message(3)])).messages).toBe(0)
    expect(await plaintexts.get('c', 1)).toEqual({ plaintext: 'own0' })
    expect([await plaintexts.get('c', 2), await plaintexts.get('c', 3)]).toMatchObject([kept, { ...kept, target: 1 }])
    expect(heard).toEqual(['bob is Bobby', 'g has a,b'])
  })

  it('do not bring back what was deleted, here or there, with its edits and reactions', async () => {
    const { plaintexts, take } = device()
    await plaintexts.erase('c', 1)
    await take([message(1), message(2, { target: 1 }), message(3), message(4, { target: 3 })])
    await take([{ type: 'deleted', conversationId: 'c', revision: 3 }, message(3), message(4, { target: 3 })])
    for (const revision of [1, 3]) expect(await plaintexts.get('c', revision)).toEqual({ deleted: true })
    for (const revision of [2, 4]) expect(await plaintexts.get('c', revision)).toBeUndefined()
  })

  it('do not bring back what was deleted while they were read', async () => {
    const { plaintexts, take } = device()
    const slow = { ...plaintexts }
    const taking = createImportRecords({
      ...{ expiresBefore: () => undefined, hearProfile: () => {}, keepGroupKeys: () => {} },
      plaintexts: {
        ...slow,
        get: async (id, revision) => {
          const found = await plaintexts.get(id, revision)
          if (found === undefined) await plaintexts.erase(id, revision)
          return found
        },
      },
    })([message(1)])
    expect((await taking).messages).toBe(0)
    expect((await take([message(1)])).messages).toBe(0)
  })

  it('do not bring back what has expired', async () => {
    const { plaintexts, take } = device(10)
    expect((await take([message(9), message(10)])).messages).toBe(1)
    expect(await plaintexts.get('c', 9)).toBeUndefined()
  })
})

describe('An export', () => {
  const filled = async () => {
    const { plaintexts } = device()
    for (const id of ['b', 'a'])
      for (let revision = 1; revision <= 40; revision += 1)
        plaintexts.put(id, revision, { plaintext: btoa('x'.repeat(30_000)), at: revision })
    plaintexts.put('a', 41, { unreadable: 'wrong_epoch' })
    await plaintexts.erase('b', 7)
    return { plaintexts, profiles: () => [], groupKeys: () => [['g', ['AAAA']] as const] }
  }
  const piecesFrom = async (sources: Awaited<ReturnType<typeof filled>>, cursor: ExportCursor) => {
    const pieces = []
    for await (const one of pieceBatches(exportRecords(sources, cursor), cursor)) pieces.push(one)
    return pieces
  }

  it('goes on after any piece with exactly what is missing', async () => {
    const sources = await filled()
    const whole = await piecesFrom(sources, { at: 'start' })
    expect(whole.length).toBeGreaterThan(3)
    expect(whole.flatMap(({ lines }) => lines)).toHaveLength(81)
    expect(whole.map(({ last }) => last)).toEqual([...whole.slice(1).map(() => false), true])
    for (const [index, { after }] of whole.entries()) {
      const rest = await piecesFrom(sources, after)
      const wanted = index + 1 === whole.length ? ['{"type":"group_keys","conversationId":"g","keys":["AAAA"]}'] : []
      const missing = whole.slice(index + 1).flatMap(({ lines }) => lines)
      expect(rest.flatMap(({ lines }) => lines)).toEqual(missing.length > 0 ? missing : wanted)
    }
  })

  it('of nothing is one empty piece, which is the last', async () => {
    const sources = { plaintexts: device().plaintexts, profiles: () => [], groupKeys: () => [] }
    expect(await piecesFrom(sources, { at: 'start' })).toMatchObject([{ lines: [], last: true }])
  })
})
