import { expect, test } from 'vitest'
import type { StreamSlice } from '../../../../src/ports/event-log.ts'
import { createSyncService } from '../../../../src/projections/sync/create-sync-service.ts'
import { openConversation, openReadSide } from '../../../support/projections/read-side.ts'

/** The size to which the SDK pads a text. */
const body = 'A'.repeat(892)

test.each([
  [1, 2_000],
  [40, 50],
  [100, 20],
  [200, 10],
  [700, 3],
])(
  'P7: a resume of %i conversations with %i messages each, in turn, reads no event more than twice',
  async (many, each) => {
    const side = await openReadSide()
    const all = Array.from({ length: many }, (_, n) => openConversation(side.log, n + 1))
    for (const one of all) await one.start('ann', ['bob'])
    const since = side.sync.checkpoint([await side.log.head()])
    for (let round = 0; round < each; round += 1) for (const one of all) await one.send('bob', body)
    await side.settled()

    let read = 0
    const readStream = async (slice: StreamSlice) => {
      const events = await side.log.readStream(slice)
      read += events.length
      return events
    }
    const sync = createSyncService({ ...side, log: { ...side.log, readStream } })
    const cursor = await sync.resume('ann', since)
    let got = 0
    for (let more = true; more; ) {
      const page = await cursor.next(100)
      got += page.events.count
      more = page.more
    }
    expect(got).toBe(many * each)
    expect(read).toBeLessThanOrEqual(2 * got)
    await side.close()
  },
)
