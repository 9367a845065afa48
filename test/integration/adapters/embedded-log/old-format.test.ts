import { rmSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { openEmbeddedLog } from '../../../../src/adapters/embedded/log/embedded-log.ts'
import { diagnose } from '../../../../src/adapters/embedded/log/integrity/diagnose.ts'
import { createCheckpoints, encodeCheckpoint } from '../../../../src/event-log/checkpoint.ts'
import { onlyLog } from '../../../../src/event-log/event-logs.ts'
import { temporaryDirectory } from '../../../support/event-log/directory.ts'
import { logEvent, logEvents } from '../../../support/event-log/events.ts'

let directory: ReturnType<typeof temporaryDirectory>
beforeEach(() => {
  directory = temporaryDirectory()
})
afterEach(() => directory.remove())

const open = (onSummed = () => {}) => openEmbeddedLog({ directory: directory.path, onSummed })
const verify = () => diagnose(directory.path, { evidence: [], onProgress: () => {} })

/** A log as the version before wrote it: without sums, and without a record of its end. */
const makeOld = async (events: number) => {
  const log = await open()
  await log.append('a', [logEvent('first'), logEvent('deleted')], 'no_stream')
  await log.append('a', [logEvent('deletion', { body: null, target: 1, blanksTarget: true })], 1)
  await log.append('b', logEvents('b', events), 'no_stream')
  const all = await log.readAll(0n, 100_000)
  await log.close()
  const db = new Database(join(directory.path, 'events.db'))
  for (const column of ['body_sum', 'sum', 'digest']) db.exec(`ALTER TABLE events DROP COLUMN ${column}`)
  db.exec(`ALTER TABLE snapshots DROP COLUMN sum; DELETE FROM meta WHERE key <> 'epoch'`)
  db.pragma('user_version = 2')
  db.close()
  rmSync(join(directory.path, 'events.head'))
  return all
}

it('a log without sums gets them when it is opened, also when it was killed meanwhile, and has all of its events', async () => {
  const all = await makeOld(5000)
  const interrupted = open(() => {
    throw new Error('killed')
  })
  await expect(interrupted).rejects.toThrow('killed')
  const log = await open()
  expect(await log.readAll(0n, 100_000)).toEqual(all)
  await log.append('a', [logEvent('next')], 2)
  await log.close()
  expect(verify()).toEqual({ finding: undefined, isWholeInside: true, events: all.length + 1 })
})

it('checkpoints that a log gave out before it had digests are believed up to there, and no further', async () => {
  const all = await makeOld(10)
  const log = await open()
  await log.append('a', [logEvent('next')], 2)
  const head = await log.head()
  const { read, encode } = createCheckpoints(onlyLog(log))
  expect(read(encodeCheckpoint(log.epoch, [BigInt(all.length)]), [head])).toEqual([BigInt(all.length)])
  expect(read(encodeCheckpoint(log.epoch, [head]), [head])).toBeUndefined()
  expect(read(encode([head]), [head])).toEqual([head])
  await log.close()
})
