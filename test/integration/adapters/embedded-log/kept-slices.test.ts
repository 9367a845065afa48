import { afterEach, beforeEach, expect, test } from 'vitest'
import { type EmbeddedLog, openEmbeddedLog } from '../../../../src/adapters/embedded/log/embedded-log.ts'
import type { StreamSlice } from '../../../../src/ports/event-log.ts'
import { temporaryDirectory } from '../../../support/event-log/directory.ts'
import { logEvent } from '../../../support/event-log/events.ts'

const directory = temporaryDirectory()
let log: EmbeddedLog
beforeEach(async () => {
  log = await openEmbeddedLog({ directory: directory.path })
  for (let index = 0; index < 60; index += 1)
    await log.append('s', [logEvent(`x${index}`, { body: `body ${index}` })], index - 1)
})
afterEach(async () => {
  await log.close()
  directory.remove()
})

const slice = (more: Partial<StreamSlice> = {}): StreamSlice => ({
  stream: 's',
  limit: 512,
  maxBytes: 1_000_000,
  ...more,
})
const bodies = async (one: StreamSlice) => (await log.readStream(one)).map(({ body }) => body)

test('a slice that was read a moment ago gives the same answer, whichever part of it is read next', async () => {
  const all = await log.readStream(slice())
  expect(all).toHaveLength(60)
  for (const from of [0, 1, 30, 59, 60])
    for (const limit of [1, 20, 100])
      for (const maxBytes of [1, 3_000, 1_000_000])
        for (const upTo of [undefined, all[40]?.position])
          for (const after of [undefined, all[20]?.position]) {
            const asked = slice({ from, limit, maxBytes, ...(upTo && { upTo }), ...(after && { after }) })
            const kept = await log.readStream(asked)
            const { maxBytes: _, ...whole } = asked
            // Without a size nothing that was kept is looked at.
            const plain = await log.readStream(whole)
            expect(kept).toEqual(plain.slice(0, kept.length))
            expect(kept.length > 0).toBe(plain.length > 0)
            if (maxBytes === 1_000_000) expect(kept).toEqual(plain)
          }
})

test('a body that was blanked is served no more as soon as that is acknowledged, also from what was kept', async () => {
  expect((await bodies(slice()))[7]).toBe('body 7')
  await log.append('s', [logEvent('gone', { target: 7, blanksTarget: true })], 59)
  expect((await bodies(slice()))[7]).toBeNull()
  expect((await bodies(slice({ from: 5 })))[2]).toBeNull()
  await log.append('s', [logEvent('expired', { blanksRange: { from: 0, upTo: 30, types: ['MessageSent'] } })], 60)
  const left = await bodies(slice())
  expect(left.slice(0, 61).filter((body) => body !== null)).not.toContain('body 12')
})

test('newer events are there as well', async () => {
  await log.readStream(slice())
  await log.append('s', [logEvent('later')], 59)
  expect((await log.readStream(slice())).at(-1)?.id).toBe('later')
  expect(await log.readStream(slice({ from: 60 }))).toHaveLength(1)
})
