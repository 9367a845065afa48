import { cpSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openEmbeddedLog } from '../../../../src/adapters/embedded/log/embedded-log.ts'
import { encodeCheckpoint, type Foreign } from '../../../../src/event-log/checkpoint.ts'
import { openConversation, openReadSide, type ReadSide } from '../../../support/projections/read-side.ts'

let root = ''
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'backscroll-copy-'))
})
afterEach(() => rm(root, { recursive: true }))

const open = async (name: string, foreign: Foreign[] = []): Promise<ReadSide> => {
  const log = await openEmbeddedLog({ directory: join(root, name) })
  return openReadSide({ log, onForeign: (why) => void foreign.push(why) })
}

const checkpointOf = async (side: ReadSide): Promise<string> => side.sync.checkpoint([await side.log.head()])

/** A log that was copied, and went on: what a device held before and after the copy. */
const copied = async () => {
  const side = await open('lost')
  const conversation = openConversation(side.log, 1)
  await conversation.start('ann', ['bob'])
  await conversation.send('ann', 'QUFBQQ==')
  const before = await checkpointOf(side)
  await conversation.send('ann', 'QkJCQg==')
  cpSync(join(root, 'lost'), join(root, 'copy'), { recursive: true })
  for (let n = 0; n < 3; n += 1) await conversation.send('ann', 'Q0NDQw==')
  const after = await checkpointOf(side)
  const plain = encodeCheckpoint(side.log.epoch, [await side.log.head()])
  await side.close()
  return { before, after, plain }
}

const goOn = async (side: ReadSide, messages: number): Promise<void> => {
  const other = openConversation(side.log, 2)
  await other.start('ann', ['bob'])
  for (let n = 0; n < messages; n += 1) await other.send('ann', 'RERERA==')
}

test('P4: on a copy of the past, a device of the lost log is sent to the snapshot, also when the copy has grown past it', async () => {
  const { before, after } = await copied()
  const foreign: Foreign[] = []
  const side = await open('copy', foreign)
  await expect(side.sync.resume('bob', after)).rejects.toMatchObject({ code: 'snapshot_required' })
  expect(foreign).toEqual(['ahead'])
  await goOn(side, 20)
  await expect(side.sync.resume('bob', after)).rejects.toMatchObject({ code: 'snapshot_required' })
  await expect(side.sync.page('bob', after, 10)).rejects.toMatchObject({ code: 'snapshot_required' })
  expect(foreign).toEqual(['ahead', 'other_history', 'other_history'])
  const page = await (await side.sync.resume('bob', before)).next(100)
  expect(page.events.count).toBe(1 + 21)
  await side.close()
})

test('P4: a checkpoint says its digest also when its event is long out of memory, and after a restart', async () => {
  const { before } = await copied()
  const first = await open('copy')
  const place = await first.log.head()
  const told = first.sync.checkpoint([place])
  await first.close()
  const again = await open('copy')
  await goOn(again, 5)
  expect(again.sync.checkpoint([place])).toBe(told)
  expect(told).not.toBe(before)
  await again.close()
})

test('P4: a checkpoint without a digest leads nowhere in a log that always had digests', async () => {
  const { plain } = await copied()
  const side = await open('lost')
  await expect(side.sync.resume('bob', plain)).rejects.toMatchObject({ code: 'snapshot_required' })
  await side.close()
})
