import { describe, expect, it } from 'vitest'
import { createPassage, isTraced } from '../../../src/observability/event-passage.ts'
import { createMetrics } from '../../../src/observability/metrics.ts'

const stream = 'conversation-01a20f30-180d-7605-8a9f-73d557de425e'
const events = (count: number, of = stream) =>
  Array.from({ length: count }, (_, revision) => ({ stream: of, revision, at: Date.now() - 40 }))

const open = (traceEvery: number) => {
  const lines: { readonly details: Record<string, unknown>; readonly message: string }[] = []
  const logger = { info: (details: Record<string, unknown>, message: string) => void lines.push({ details, message }) }
  const metrics = createMetrics()
  return { passage: createPassage({ metrics, logger: logger as never, traceEvery }), lines, metrics }
}

describe('the passage of events', () => {
  it('tells of one event of each stream in so many, of the same ones in every process', () => {
    const [first, second] = [open(10), open(10)]
    first.passage('relayed', events(100))
    second.passage('received', events(100))
    expect(first.lines).toHaveLength(10)
    const told = ({ lines }: typeof first) => lines.map(({ details }) => [details.stream, details.revision])
    expect(told(second)).toEqual(told(first))
    expect(first.lines[0]).toMatchObject({ message: 'trace', details: { place: 'relayed', stream } })
    const age = Number(first.lines[0]?.details.ageMs)
    expect(age).toBeGreaterThanOrEqual(40)
    expect(age).toBeLessThan(5_000)
  })

  it('tells of no event unless it is asked to, and keeps the ages of all', async () => {
    const { passage, lines, metrics } = open(0)
    passage('folded', events(7))
    expect(lines).toEqual([])
    expect(await metrics.registry.metrics()).toContain('backscroll_event_age_seconds_count{place="folded"} 7')
  })

  it('picks from streams of any name', () => {
    for (const name of ['user-ann', 'user-zoe@example.org', 'x'])
      expect(events(30, name).filter((event) => isTraced(event, 10))).toHaveLength(3)
  })
})
