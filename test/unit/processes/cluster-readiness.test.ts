import { expect, test } from 'vitest'
import { createMemoryLog } from '../../../src/adapters/memory/event-log.ts'
import { onlyLog } from '../../../src/event-log/event-logs.ts'
import { LogError } from '../../../src/ports/errors/log-error.ts'
import { createClusterReadiness } from '../../../src/processes/cluster-readiness.ts'
import { createSharedWatermark } from '../../../src/projections/partitions/shared-watermark.ts'
import { logEvent } from '../../support/event-log/events.ts'

/** A process at time `now`, whose views have folded the log up to `upTo`. */
const world = ({ readsViews } = { readsViews: true }) => {
  const log = createMemoryLog()
  const watermark = createSharedWatermark({ logs: 1, partitions: 1 })
  const clock = { now: 1_000_000 }
  const bent = { isAway: false }
  const readiness = createClusterReadiness({
    log: onlyLog({
      ...log,
      head: async () => (bent.isAway ? Promise.reject(new LogError('log_unavailable', '')) : log.head()),
    }),
    logTrouble: () => undefined,
    watermark,
    readsViews,
    maxAgeMs: 60_000,
    draining: () => false,
    now: () => clock.now,
  })
  const append = (id: string, at: number, body = 'b') =>
    log.append(`conversation-${id}`, [logEvent(id, { at, body })], 'no_stream')
  const fold = (upTo: bigint) => watermark.hear({ partition: 0, upTo, collections: {} })
  return { readiness, append, fold, clock, bent }
}

test('ready: the views have everything, however long ago it happened', async () => {
  const { readiness, append, fold, clock } = world()
  await append('x', clock.now)
  fold(1n)
  clock.now += 3_600_000
  expect(await readiness()).toEqual([])
})

test('ready: much is missing, all of it just happened', async () => {
  const { readiness, append, fold, clock } = world()
  fold(0n)
  for (let n = 0; n < 100; n += 1) await append(`${n}`, clock.now, 'b'.repeat(1_000_000))
  clock.now += 60_000
  expect(await readiness()).toEqual([])
})

test('not ready: one small event is missing for too long, and ready again as soon as the views have it', async () => {
  const { readiness, append, fold, clock } = world()
  await append('folded', clock.now)
  fold(1n)
  clock.now += 1_000_000
  await append('old', clock.now)
  clock.now += 61_000
  await append('new', clock.now)
  expect(await readiness()).toEqual(['the views lack an event that is 61 seconds old'])
  fold(2n)
  expect(await readiness()).toEqual([])
})

test('not ready: nobody takes care of the views', async () => {
  expect(await world().readiness()).toEqual(['no projector takes care of the views of 1 partitions'])
})

test('not ready: the log cannot be read', async () => {
  const { readiness, fold, bent } = world()
  fold(0n)
  bent.isAway = true
  expect(await readiness()).toEqual(['the log cannot be read'])
})

test('who reads no views does not ask for them', async () => {
  const { readiness, append, clock } = world({ readsViews: false })
  await append('old', clock.now)
  clock.now += 3_600_000
  expect(await readiness()).toEqual([])
})
