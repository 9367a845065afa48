import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { createMemoryBlobs } from '../../../../src/adapters/memory/blob-store.ts'
import { createMemoryLog } from '../../../../src/adapters/memory/event-log.ts'
import { createAccountsDatabase } from '../../../../src/adapters/sql/database/accounts-database.ts'
import { copyAccounts, digestAccounts, foreignUser } from '../../../../src/adapters/sql/database/copy-accounts.ts'
import { openAccountsFileTables } from '../../../../src/adapters/sql/database/open-sqlite.ts'
import { compareBlobs, copyBlobs } from '../../../../src/cli/migrate/migrate-blobs.ts'
import { differingStreams, digestLogs } from '../../../../src/cli/migrate/migrate-digest.ts'
import { copyEvents, readHeads } from '../../../../src/cli/migrate/migrate-events.ts'
import { onlyLog } from '../../../../src/event-log/event-logs.ts'
import { createRoutedLogs } from '../../../../src/event-log/routing/routed-logs.ts'
import { evenSlotMap } from '../../../../src/event-log/routing/slot-map.ts'
import { LogError } from '../../../../src/ports/errors/log-error.ts'
import { OperatorError } from '../../../../src/ports/errors/operator-error.ts'
import type { EventLog } from '../../../../src/ports/event-log.ts'
import { appendAtEnd } from '../../../support/event-log/append-at-end.ts'
import { logEvent } from '../../../support/event-log/events.ts'

const quiet = () => {}
const noStage = () => quiet

const cleanups: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

/** Three streams, their events in turn or in runs; one body blank. */
const fill = async (log: EventLog, count: number): Promise<void> => {
  for (let n = 0; n < count; n++) {
    const stream = `conversation-${Math.floor(n / 4) % 3}`
    await appendAtEnd(log, stream, [logEvent(`e${n}`, n % 5 === 0 ? { body: null, target: 0 } : {})])
  }
}

const differing = async (a: EventLog, b: EventLog) =>
  differingStreams(await digestLogs([a], quiet), await digestLogs([b], quiet))

test('a log is copied with every stream the same, and a second time nothing is', async () => {
  const [source, target] = [createMemoryLog(), createMemoryLog()]
  await fill(source, 1_203)
  expect(await copyEvents(source, target, await readHeads(source, onlyLog(target), quiet), quiet)).toBe(1_203)
  expect(await differing(source, target)).toEqual([])
  expect(await copyEvents(source, target, await readHeads(source, onlyLog(target), quiet), quiet)).toBe(0)
})

test('a copy that broke off at any append is continued', async () => {
  const source = createMemoryLog()
  await fill(source, 60)
  for (let taken = 0; taken < 15; taken++) {
    const target = createMemoryLog()
    let left = taken
    const failing: EventLog = {
      ...target,
      append: async (...append) => {
        if (left-- <= 0) throw new LogError('log_unavailable', 'It does not answer')
        return target.append(...append)
      },
    }
    await expect(copyEvents(source, failing, new Map(), quiet)).rejects.toThrow(OperatorError)
    await copyEvents(source, target, await readHeads(source, onlyLog(target), quiet), quiet)
    expect(await differing(source, target)).toEqual([])
  }
})

test.each([
  ['a stream that the source does not have', 'conversation-9', 'e0'],
  ['an event that the source has otherwise', 'conversation-0', 'other'],
])('a target with %s is refused', async (_, stream, id) => {
  const [source, target] = [createMemoryLog(), createMemoryLog()]
  await fill(source, 12)
  await target.append(stream, [logEvent(id)], 'no_stream')
  await expect(readHeads(source, onlyLog(target), quiet)).rejects.toThrow(`holds revision 0 of ${stream}, which`)
})

test.each([
  ['body', { body: 'b3RoZXI=' }],
  ['data', { data: '{"other":1}' }],
  ['time', { at: 1 }],
  ['version', { version: 9 }],
  ['type', { type: 'Other' }],
  ['user', { userId: 'other' }],
  ['device', { deviceId: 'other' }],
  ['target', { target: 7 }],
])('another %s of one event is found', async (_, change) => {
  const [source, target] = [createMemoryLog(), createMemoryLog()]
  for (const log of [source, target]) await log.append('conversation-1', [logEvent('first')], 'no_stream')
  await source.append('conversation-2', [logEvent('e')], 'no_stream')
  await target.append('conversation-2', [logEvent('e', change)], 'no_stream')
  expect(await differing(source, target)).toEqual(['conversation-2'])
})

test('data counts as what it says, not as how it is written', async () => {
  const [source, target] = [createMemoryLog(), createMemoryLog()]
  await source.append('conversation-2', [logEvent('e', { data: '{ "a": 1 }' })], 'no_stream')
  await target.append('conversation-2', [logEvent('e', { data: '{"a":1}' })], 'no_stream')
  expect(await differing(source, target)).toEqual([])
})

test('blobs that lack are put, and one with other bytes is found', async () => {
  const [source, target] = [createMemoryBlobs(), createMemoryBlobs()]
  const refs = await Promise.all([1, 2, 3].map((n) => source.put(Uint8Array.of(n))))
  await target.put(Uint8Array.of(2))
  expect(await copyBlobs(source, target, noStage)).toBe(2)
  expect(await compareBlobs(source, target, noStage)).toEqual({ blobs: 3, differing: [] })
  const [{ hash } = { hash: '' }] = refs
  const damaged = {
    ...target,
    get: async (wanted: string) => (wanted === hash ? Uint8Array.of(9) : target.get(wanted)),
  }
  expect(await compareBlobs(source, damaged, noStage)).toEqual({ blobs: 3, differing: [hash] })
})

const openAccounts = async () => {
  const directory = await mkdtemp(join(tmpdir(), 'backscroll-accounts-'))
  const tables = await openAccountsFileTables({ directory })
  cleanups.push(
    () => rm(directory, { recursive: true }),
    () => tables.destroy(),
  )
  return { tables, store: createAccountsDatabase(tables) }
}

test('the tables of accounts become equal, rows that are gone go, and checkpoints stay', async () => {
  const [from, to] = [await openAccounts(), await openAccounts()]
  const provisions = Array.from({ length: 1_100 }, (_, n) => ({ userId: `user-${n}`, deviceId: 'phone', at: n }))
  await from.store.provision(provisions)
  await to.store.provision([{ userId: 'user-7', deviceId: 'gone', at: 1 }])
  await from.store.saveCheckpoint('worker', { epoch: 'old', position: 5n })
  await to.store.saveCheckpoint('relay', { epoch: 'new', position: 7n })
  expect(await foreignUser(from.tables, to.tables)).toBeUndefined()
  expect(await digestAccounts(to.tables)).not.toEqual(await digestAccounts(from.tables))

  const copied = await copyAccounts(from.tables, to.tables, quiet)
  const digests = await digestAccounts(to.tables)
  expect(digests).toEqual(await digestAccounts(from.tables))
  expect(digests.get('accounts')?.rows).toBe(1_100)
  expect(digests.get('devices')?.rows).toBe(1_100)
  expect(copied).toBe([...digests.values()].reduce((sum, { rows }) => sum + rows, 0))
  expect(await to.store.checkpoint('worker')).toBeUndefined()
  expect(await to.store.checkpoint('relay')).toEqual({ epoch: 'new', position: 7n })
})

test('a user who exists only in the target is found', async () => {
  const [from, to] = [await openAccounts(), await openAccounts()]
  await from.store.provision([{ userId: 'ann', deviceId: 'phone', at: 1 }])
  await to.store.provision([
    { userId: 'ann', deviceId: 'phone', at: 1 },
    { userId: 'zoe', deviceId: 'phone', at: 1 },
  ])
  expect(await foreignUser(from.tables, to.tables)).toBe('zoe')
})

test('a log is copied into several, each stream into its own, and goes on where it stopped', async () => {
  const source = createMemoryLog()
  await fill(source, 1_203)
  const targets = [createMemoryLog(), createMemoryLog(), createMemoryLog()]
  const target = createRoutedLogs(targets, evenSlotMap('set', 3))
  expect(await copyEvents(source, target, await readHeads(source, target, quiet), quiet)).toBe(1_203)
  expect(await copyEvents(source, target, await readHeads(source, target, quiet), quiet)).toBe(0)
  const [ours, theirs] = [await digestLogs([source], quiet), await digestLogs(target.logs, quiet)]
  expect(theirs.events).toBe(1_203)
  expect(differingStreams(ours, theirs)).toEqual([])
  for (const [index, log] of targets.entries())
    for (const { stream } of await log.readAll(0n, 2_000)) expect(target.logOf(stream)).toBe(index)
})
