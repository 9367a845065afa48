import { describe, expect, it } from 'vitest'
import type { ConnectionState } from '../../../../packages/client/src/connection/connection-state.ts'
import { createWhenLive } from '../../../../packages/client/src/connection/when-live.ts'
import { BackscrollError } from '../../../../packages/client/src/errors/backscroll-error.ts'
import { createVirtualClock } from '../time/virtual-clock.ts'

const error = new BackscrollError('unavailable')
const live: ConnectionState = { name: 'live', silenceMs: 1, deadline: 1 }
const enrolling: ConnectionState = { name: 'enrolling' }
const failing: ConnectionState = { name: 'enrolling', error }
const waiting: ConnectionState = { name: 'waiting', attempt: 1, deadline: 1, next: 'open', reason: 'disconnected' }

const world = () => {
  const clock = createVirtualClock()
  const { wait, changed } = createWhenLive(clock)
  const outcomes: unknown[] = []
  const ask = () =>
    void wait().then(
      () => outcomes.push('live'),
      (thrown: unknown) => outcomes.push(thrown),
    )
  return { clock, ask, changed, outcomes, settled: () => clock.advance(0) }
}

describe('Waiting until a client is live', () => {
  it('ends when it is, also after failures that did not last', async () => {
    const { clock, ask, changed, outcomes, settled } = world()
    ask()
    for (const state of [enrolling, failing]) changed(state)
    await clock.advance(9_999)
    expect(outcomes).toEqual([])
    for (const state of [waiting, live]) changed(state)
    await clock.advance(60_000)
    ask()
    await settled()
    expect(outcomes).toEqual(['live', 'live'])
  })

  it('fails with the newest failure once nothing else has happened for ten seconds, and then with each new one', async () => {
    const { clock, ask, changed, outcomes, settled } = world()
    ask()
    for (const state of [enrolling, failing, waiting]) changed(state)
    await clock.advance(10_000)
    expect(outcomes).toEqual([
      expect.objectContaining({ code: 'unavailable', message: expect.stringContaining('broke') }),
    ])
    ask()
    await clock.advance(60_000)
    expect(outcomes).toHaveLength(1)
    changed(failing)
    await settled()
    expect(outcomes[1]).toBe(error)
  })

  it('goes through an outage, however long, once the client was live; a new start is patient anew', async () => {
    const { clock, ask, changed, outcomes } = world()
    for (const state of [enrolling, live, waiting]) changed(state)
    ask()
    await clock.advance(3_600_000)
    changed(waiting)
    expect(outcomes).toEqual([])
    changed({ name: 'stopped', reason: 'signed_out', error })
    for (const state of [enrolling, failing]) changed(state)
    ask()
    await clock.advance(9_999)
    expect(outcomes).toEqual([
      expect.objectContaining({ code: 'stopped', details: { reason: 'signed_out' }, cause: error }),
    ])
    await clock.advance(1)
    expect(outcomes[1]).toBe(error)
  })

  it('is not ended by a person who takes a long time to let the device in', async () => {
    const { clock, ask, changed, outcomes } = world()
    ask()
    for (const state of [enrolling, failing, { name: 'awaiting_approval' } as const]) changed(state)
    await clock.advance(3_600_000)
    expect(outcomes).toEqual([])
  })

  it('fails at once for a client that has stopped, and not for one that is not started', async () => {
    const { ask, changed, outcomes, settled } = world()
    ask()
    await settled()
    expect(outcomes).toEqual([])
    changed({ name: 'stopped', reason: 'closed' })
    ask()
    await settled()
    const closed = expect.objectContaining({ code: 'stopped', message: 'closed' })
    expect(outcomes).toEqual([closed, closed])
  })
})
