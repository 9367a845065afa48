import { describe, expect, it } from 'vitest'
import { createMemoryLog } from '../../../../src/adapters/memory/event-log.ts'
import { foreignType } from '../../../../src/event-log/foreign-type.ts'
import type { EventReader, RecordedEvent } from '../../../../src/ports/event-log.ts'
import { createEventFilter } from '../../../../src/projections/runner/event-filter.ts'
import { idsOf, logEvents } from '../../../support/event-log/events.ts'

describe('the event filter', () => {
  /** Reads of the first stream do not show the event at a revision. */
  const worldWithout = async (hidden: number) => {
    const log = createMemoryLog()
    await log.append('conversation-a', logEvents('a', 6), 'no_stream')
    const readStream: EventReader['readStream'] = async (slice) =>
      (await log.readStream(slice)).filter(({ revision }) => revision !== hidden)
    return { filter: createEventFilter({ readStream }), all: await log.readAll(0n, 100) }
  }

  const world = async () => {
    const log = createMemoryLog()
    await log.append('conversation-a', logEvents('a', 6), 'no_stream')
    await log.append('conversation-b', logEvents('b', 2), 'no_stream')
    const filter = createEventFilter(log)
    const deliver = async (events: readonly RecordedEvent[]) => {
      const admitted = await filter.admit(events)
      filter.passed()
      return idsOf(admitted)
    }
    return { filter, deliver, all: await log.readAll(0n, 100) }
  }

  it('drops what has passed already, within a batch and over batches', async () => {
    const { deliver, all } = await world()
    expect(await deliver([...all.slice(0, 3), ...all.slice(1, 4)])).toEqual(['a0', 'a1', 'a2', 'a3'])
    expect(await deliver(all)).toEqual(['a4', 'a5', 'b0', 'b1'])
  })

  it('reads from the log what was left out of a stream that it knows', async () => {
    const { deliver, all } = await world()
    expect(await deliver(all.slice(0, 1))).toEqual(['a0'])
    expect(await deliver([...all.slice(4, 5), ...all.slice(6)])).toEqual(['a1', 'a2', 'a3', 'a4', 'b0', 'b1'])
  })

  it('tells of what the log has no more, and of no hole twice', async () => {
    const { all, filter } = await worldWithout(2)
    await filter.admit(all.slice(0, 1))
    filter.passed()
    const admitted = await filter.admit(all.slice(4, 6))
    expect(admitted.map(({ revision, type }) => [revision, type])).toEqual([
      [1, 'MessageSent'],
      [2, foreignType],
      [4, 'MessageSent'],
      [5, 'MessageSent'],
    ])
  })

  it('admits again what was not stored after all', async () => {
    const { filter, all } = await world()
    expect(idsOf(await filter.admit(all.slice(0, 2)))).toEqual(['a0', 'a1'])
    expect(idsOf(await filter.admit(all.slice(0, 2)))).toEqual(['a0', 'a1'])
  })
})
