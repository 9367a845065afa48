import { describe, expect, it } from 'vitest'
import { createMemoryDocumentStore, createMemoryDocuments } from '../../../../src/adapters/memory/document-store.ts'
import { createMemoryLog } from '../../../../src/adapters/memory/event-log.ts'
import type { ParkedStream } from '../../../../src/projections/runner/runner-meta.ts'
import { startRunner } from '../../../../src/projections/runner/view-runner.ts'
import { allViews } from '../../../../src/projections/views/all-views.ts'
import { appendAtEnd } from '../../../support/event-log/append-at-end.ts'
import { logEvent } from '../../../support/event-log/events.ts'
import { countingView } from '../../../support/projections/counting-view.ts'
import { dumpViews } from '../../../support/projections/documents-dump.ts'
import { openConversation } from '../../../support/projections/read-side.ts'

const world = async (refuses: Set<number>) => {
  const log = createMemoryLog()
  const [good, bad] = [openConversation(log, 1), openConversation(log, 2)]
  for (const each of [bad, good]) await each.start('ann', ['bob'])
  for (let n = 0; n < 3; n += 1) for (const each of [bad, good]) await each.send('ann', `body ${n}`)
  const documents = createMemoryDocuments()
  const store = createMemoryDocumentStore(documents)
  const alarms: ParkedStream[] = []
  const views = [...allViews, countingView(1, refuses)]
  const start = () => startRunner({ reader: log, store, views, paceMs: 0, onParked: (parked) => alarms.push(parked) })
  return { log, good, bad, documents, store, alarms, start }
}

describe('a poisoned event', () => {
  it('of an unknown type parks its stream in all views; the other streams go on', async () => {
    const { log, good, bad, documents, alarms, start } = await world(new Set())
    await appendAtEnd(log, bad.stream, [logEvent('x', { type: 'FromTheFuture' })])
    await bad.send('ann', 'after the poison')
    const runner = await start()
    await runner.ready
    await good.send('bob', 'still here')
    await expect.poll(runner.position).toBe(await log.head())
    expect(alarms).toMatchObject([{ stream: bad.stream, revision: 4, position: 9n }])
    expect(runner.parked()).toEqual(alarms)
    const lines = dumpViews(documents).join('\n')
    expect(lines).toContain(`${good.id}/0000000004`)
    expect(lines).not.toContain(`${bad.id}/0000000004`)
    await runner.close()
  })

  it('is folded into no view when only one of them cannot', async () => {
    const { documents, good, bad, start, alarms } = await world(new Set([3]))
    const runner = await start()
    await runner.ready
    expect(alarms.map(({ stream }) => stream).toSorted()).toEqual([good.stream, bad.stream])
    expect(dumpViews(documents).filter((line) => line.startsWith(`timeline ${bad.id}`))).toHaveLength(2)
    expect(dumpViews(documents).find((line) => line.startsWith(`conversations ${bad.id} `))).toContain('"lastSeq":2')
    await runner.close()
  })

  it('stays parked over a restart, and a retry brings the stream to where it would have been', async () => {
    const refuses = new Set([3])
    const { log, bad, documents, start } = await world(refuses)
    const first = await start()
    await first.ready
    await first.close()
    await bad.send('bob', 'meanwhile')
    const second = await start()
    await second.ready
    await expect.poll(second.position).toBe(await log.head())
    expect(second.parked()).toHaveLength(2)
    expect(await second.retryParked(bad.stream)).toBe(false)
    expect(second.parked()).toHaveLength(2)

    refuses.clear()
    for (const { stream } of second.parked()) expect(await second.retryParked(stream)).toBe(true)
    expect(second.parked()).toEqual([])
    await bad.send('bob', 'and on')
    await expect.poll(second.position).toBe(await log.head())
    await second.close()

    const fresh = createMemoryDocuments()
    const views = [...allViews, countingView()]
    const rebuilt = await startRunner({ reader: log, store: createMemoryDocumentStore(fresh), views })
    await rebuilt.ready
    await rebuilt.close()
    expect(dumpViews(documents)).toEqual(dumpViews(fresh))
  })
})
