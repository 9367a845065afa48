import { afterEach, describe, expect, it } from 'vitest'
import { createMemoryChannels, createMemoryChannelsHub } from '../../../src/adapters/memory/channels.ts'
import { UnavailableError } from '../../../src/ports/errors/unavailable-error.ts'
import { answerViews } from '../../../src/processes/views/answer-views.ts'
import { askViews } from '../../../src/processes/views/ask-views.ts'
import type { ViewsControl, ViewsReport } from '../../../src/projections/views-control.ts'

const partitioning = { logs: 1, partitions: 3 }
const stopped = (stream: string, position: bigint) => ({ stream, revision: 1, position, error: 'TypeError' })
const reportOf = (position: bigint, more: Partial<ViewsReport> = {}): ViewsReport => ({
  head: [9n],
  views: [{ view: 'groups', generation: 'groups.v1.0', position: [position] }],
  rebuilding: [],
  parked: [],
  parkedCount: 0,
  ...more,
})
const controlOf = (report: ViewsReport, outcome: 'resumed' | 'parked' = 'resumed'): ViewsControl => ({
  report: async () => report,
  rebuild: async (views) => (views.includes('none') ? 'unknown' : 'begun'),
  retry: async (stream) => (report.parked.some((one) => one.stream === stream) ? outcome : 'unknown'),
})

const closing: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

/** Projectors, each with some partitions, and a process that asks them. */
const cluster = async (...projectors: readonly ReadonlyMap<number, ViewsControl>[]) => {
  const hub = createMemoryChannelsHub()
  const errors: unknown[] = []
  const onError = (error: unknown) => void errors.push(error)
  for (const controls of projectors)
    closing.push(await answerViews({ channels: createMemoryChannels(hub, () => {}), controls, onError }))
  const channels = createMemoryChannels(hub, () => {})
  const partitionOf = (stream: string) => Number(stream.at(-1))
  const asked = await askViews({ ...{ channels, id: 'api', partitioning, partitionOf, onError }, patienceMs: 50 })
  closing.push(asked.close)
  return { ...asked, channels, errors }
}

describe('The views of a cluster, asked for by an operator', () => {
  it('are told as far as all partitions are, with what stands still in any of them', async () => {
    const { control } = await cluster(
      new Map([
        [0, controlOf(reportOf(9n))],
        [2, controlOf(reportOf(7n, { parked: [stopped('c-2', 8n)], parkedCount: 3, rebuilding: ['groups'] }))],
      ]),
      new Map([[1, controlOf(reportOf(8n, { parked: [stopped('c-1', 3n)], parkedCount: 1 }))]]),
    )
    expect(await control.report()).toEqual({
      head: [9n],
      views: [{ view: 'groups', generation: 'groups.v1.0', position: [7n] }],
      rebuilding: ['groups'],
      parked: [stopped('c-1', 3n), stopped('c-2', 8n)],
      parkedCount: 4,
    })
    expect(await control.rebuild([])).toBe('busy')
  })

  it('are retried and built anew by whoever keeps them', async () => {
    const { control } = await cluster(
      new Map([
        [0, controlOf(reportOf(9n, { parked: [stopped('c-0', 8n)], parkedCount: 1 }))],
        [1, controlOf(reportOf(9n, { parked: [stopped('c-1', 8n)], parkedCount: 1 }), 'parked')],
      ]),
      new Map([[2, controlOf(reportOf(9n))]]),
    )
    const outcomes = await Promise.all(['c-0', 'c-1', 'c-2'].map((stream) => control.retry(stream)))
    expect(outcomes).toEqual(['resumed', 'parked', 'unknown'])
    expect([await control.rebuild(['groups']), await control.rebuild(['none'])]).toEqual(['begun', 'unknown'])
  })

  it('are unavailable, and the answer says which partitions, while nobody keeps some of them', async () => {
    const { control } = await cluster(new Map([[1, controlOf(reportOf(9n))]]))
    await expect(control.report()).rejects.toThrow(new UnavailableError('no projector answers for the partitions 0, 2'))
    await expect(control.retry('c-1')).resolves.toBe('unknown')
  })

  it('say what went wrong at whoever keeps them', async () => {
    const failing = { ...controlOf(reportOf(9n)), report: () => Promise.reject(new Error('the store is away')) }
    const all = [0, 1, 2].map((partition) => [partition, failing] as const)
    const { control } = await cluster(new Map(all))
    await expect(control.report()).rejects.toThrow(new UnavailableError('the store is away'))
  })

  it('go on after a message that nobody understands', async () => {
    const all = [0, 1, 2].map((partition) => [partition, controlOf(reportOf(9n))] as const)
    const { control, channels, errors } = await cluster(new Map(all))
    for (const channel of ['views', 'views/api']) await channels.publish(channel, '{"id":1}')
    expect(await control.report()).toMatchObject({ parkedCount: 0 })
    expect(errors).toHaveLength(2)
  })
})
