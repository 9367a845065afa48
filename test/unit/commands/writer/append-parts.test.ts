import { describe, expect, it } from 'vitest'
import { partsOf } from '../../../../src/commands/writer/append-parts.ts'
import { sizeOfEvent } from '../../../../src/event-log/reading/append-limits.ts'
import { logEvent } from '../../../support/event-log/events.ts'

/** A decision with events of these sizes. */
const decided = (...sizes: readonly number[]) => ({
  events: sizes.map((size) => {
    const event = logEvent('x', { body: '' })
    return { ...event, body: 'b'.repeat(size - sizeOfEvent(event)) }
  }),
  settle: () => undefined,
})

const divide = (outcomes: readonly ReturnType<typeof decided>[], maxSize: number) => {
  const parts = partsOf(outcomes, maxSize)
  expect(parts.flatMap((part) => part.outcomes)).toEqual(outcomes)
  for (const { outcomes: own, events } of parts) expect(events).toEqual(own.flatMap((outcome) => outcome.events))
  return parts.map((part) => part.outcomes.length)
}

describe('The parts of a batch', () => {
  it('are one where everything fits, to the byte', () => {
    expect(divide([decided(500), decided(500)], 1000)).toEqual([2])
    expect(divide([decided(500), decided(501)], 1000)).toEqual([1, 1])
  })

  it('never divide the events of one decision', () => {
    expect(divide([decided(400), decided(400, 400), decided(400)], 1000)).toEqual([1, 1, 1])
    expect(divide([decided(400, 400, 400)], 1000)).toEqual([1])
  })

  it('hold decisions without events beside others, so that no part is empty', () => {
    expect(divide([decided(), decided(900), decided(), decided(900), decided()], 1000)).toEqual([3, 2])
    expect(divide([decided(), decided()], 1000)).toEqual([2])
  })

  it('hold one decision that has events each, where nothing fits', () => {
    expect(divide([decided(400), decided(), decided(400), decided(400)], 0)).toEqual([2, 1, 1])
  })
})
