import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { createMemoryBlobs } from '../../../src/adapters/memory/blob-store.ts'
import { createPrepareCommit } from '../../../src/commands/rules/prepare-commit.ts'
import { createLimitBuckets } from '../../../src/edge/limits/limit-buckets.ts'
import { limitsOf } from '../../../src/edge/limits/limits.ts'
import { createStorageQuota } from '../../../src/edge/limits/storage-quota.ts'
import { type Caller, createCaller, type RunningApi, startApi } from '../../support/api/harness.ts'
import { testLimits } from '../../support/api/test-limits.ts'
import { createFakeGroup } from '../../support/groups/fake-group.ts'
import { device, groupInfoFrame } from '../../support/groups/mls-frames.ts'

const stored: number[] = []
let asked = 0
const own = createMemoryBlobs()
const blobs = {
  ...own,
  put: (bytes: Uint8Array) => {
    stored.push(bytes.length)
    return own.put(bytes)
  },
}
const isDeviceKey = async (): Promise<boolean> => {
  asked += 1
  return true
}
const spending = createStorageQuota({
  meter: createLimitBuckets({ now: () => performance.now() }),
  limit: limitsOf({ ...testLimits, storedBytesPerHour: 1024 * 1024 }).storedBytes,
  isShort: () => false,
})

let running: RunningApi
let alice: Caller
let mallory: Caller
beforeAll(async () => {
  running = await startApi({ prepareCommit: createPrepareCommit({ blobs, isDeviceKey }), blobs, spending })
  alice = await createCaller(running, 'alice')
  mallory = await createCaller(running, 'mallory')
})
afterAll(() => running.close())
beforeEach(() => {
  stored.length = 0
  asked = 0
})

const numbers = { clientSeq: 1, afterClientSeq: 0 }
const names = Array.from({ length: 50 }, (_, index) => device(`user-${index}`, 'phone'))

const start = async (caller: Caller, user: string) => {
  const conversationId = randomUUID()
  const group = createFakeGroup(conversationId)
  const body = { conversationId, members: [], group: group.begin(device(user, 'phone')), ...numbers }
  expect((await caller('POST', '/conversations', body)).status).toBe(200)
  return { conversationId, group }
}

test('P7: a commit by a user who may not make it stores nothing, and looks nobody up', async () => {
  const { conversationId, group } = await start(alice, 'alice')
  stored.length = 0
  asked = 0
  const commit = group.commit(device('alice', 'phone'), { add: names, padding: 200_000 })
  for (const id of [conversationId, randomUUID()]) {
    const body = { ...numbers, ...commit, groupInfo: groupInfoFrame({ conversationId: id, epoch: 1 }) }
    expect((await mallory('POST', `/conversations/${id}/commits`, body)).status).toBeGreaterThanOrEqual(400)
  }
  expect([stored, asked]).toEqual([[], 0])
})

test('P7: a commit to an epoch that is over, and one that is repeated, store nothing', async () => {
  const { conversationId, group } = await start(alice, 'alice')
  const commit = group.commit(device('alice', 'phone'), {})
  const path = `/conversations/${conversationId}/commits`
  const body = { ...commit, clientSeq: 2, afterClientSeq: 1 }
  expect((await alice('POST', path, body)).status).toBe(200)
  stored.length = 0
  expect((await alice('POST', path, body)).body).toMatchObject({ duplicate: true })
  expect((await alice('POST', path, { ...body, clientSeq: 3, afterClientSeq: 2 })).body.code).toBe('stale_epoch')
  expect(stored).toEqual([])
})

test('P7: who stores more than a user may in an hour is refused before it is stored, and others go on', async () => {
  const begin = (caller: Caller) => {
    const conversationId = randomUUID()
    const groupInfo = groupInfoFrame({ conversationId, epoch: 0 })
    return caller('POST', '/conversations', { conversationId, members: [], group: { groupInfo }, ...numbers })
  }
  expect((await begin(mallory)).status).toBe(200)
  stored.length = 0
  spendRest('mallory')
  const refused = await begin(mallory)
  expect(refused).toMatchObject({ status: 429, body: { code: 'rate_limited' } })
  expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0)
  expect(stored).toEqual([])
  expect((await begin(alice)).status).toBe(200)
})

const spendRest = (user: string): void => {
  for (const bytes of [100_000, 10_000, 1_000, 100, 10, 1])
    for (;;) {
      try {
        spending.take(user, bytes, randomUUID())
      } catch {
        break
      }
    }
}
