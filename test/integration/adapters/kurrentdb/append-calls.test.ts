import streams from '@eventstore/db-client/generated/streams_pb.js'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { createKurrentWorld } from '../../../support/engines/kurrentdb-world.ts'
import { logEvent, logEvents } from '../../../support/event-log/events.ts'

const world = createKurrentWorld()
afterEach(async () => {
  vi.restoreAllMocks()
  await world.dispose()
})

describe('The calls that appends go over', () => {
  it('are several for several streams, and the same one for the same stream', async () => {
    const double = await world.double()
    const log = await world.open(double.url)
    const names = Array.from({ length: 64 }, (_, index) => `s${index}`)
    await Promise.all(names.map((name) => log.append(name, [logEvent('x')], 'no_stream')))
    const begun = double.batches()
    expect(begun).toBeGreaterThan(8)
    await Promise.all(names.map((name) => log.append(name, [logEvent('y')], 0)))
    expect(double.batches()).toBe(begun)
  })

  it('take each event as bytes, and serialise none to see how large it is', async () => {
    const { ProposedMessage } = streams.BatchAppendReq
    const [serialised, given] = [
      vi.spyOn(ProposedMessage.prototype, 'serializeBinary'),
      vi.spyOn(ProposedMessage.prototype, 'setData'),
    ]
    const double = await world.double()
    const log = await world.open(double.url)
    await log.append('a', logEvents('x', 3), 'no_stream')
    const datas = given.mock.calls.map(([data]) => data)
    expect(datas.filter((data) => typeof data === 'string')).toEqual([])
    expect(datas.length).toBeGreaterThanOrEqual(3)
    expect(serialised).not.toHaveBeenCalled()
  })
})
