import { randomUUID } from 'node:crypto'
import { afterEach, describe, expect, it } from 'vitest'
import { createMemoryDocumentStore } from '../../../../src/adapters/memory/document-store.ts'
import { foreignType } from '../../../../src/event-log/foreign-type.ts'
import { startRunner } from '../../../../src/projections/runner/view-runner.ts'
import { allViews } from '../../../../src/projections/views/all-views.ts'
import { actor, harness, sendText, startGroup } from '../../../support/commands/harness.ts'
import { createKurrentWorld } from '../../../support/engines/kurrentdb-world.ts'
import { collect } from '../../../support/event-log/collector.ts'
import { idsOf, logEvent, logEvents } from '../../../support/event-log/events.ts'
import type { DoubleOptions } from '../../../support/kurrentdb-double/double.ts'

const world = createKurrentWorld()
afterEach(() => world.dispose())

const start = async (options: DoubleOptions = {}) => {
  const double = await world.double(options)
  return { double, log: await world.open(double.url) }
}

const foreign = (type: string, text = 'secret of another program') => ({
  id: randomUUID(),
  type,
  json: true,
  data: Buffer.from(JSON.stringify({ text })),
  metadata: new Uint8Array(),
})

const [ann, bob] = [actor('ann'), actor('bob')]

/** A conversation of Ann and Bob, and two writers' processes over the same server. */
const conversation = async () => {
  const { double, log } = await start()
  const open = async () => {
    const own = await world.open(double.url)
    const { commands } = harness(() => own, { shared: true, timeoutMs: 5_000 })
    world.later(() => commands.close())
    return commands
  }
  const id = randomUUID()
  const commands = await open()
  await startGroup(commands, id, ann, ['bob'])
  await sendText(commands, id, bob, 1)
  return { double, log, id, stream: `conversation-${id}`, commands, open }
}

const closed = expect.objectContaining({ name: 'ProtocolError', code: 'conversation_closed' })

describe('A stream that was deleted in KurrentDB', () => {
  it.each(['answered', 'lost'])(
    'takes an append of which the revision is what the server says, when its answer is %s',
    async (answer) => {
      const { double, log } = await start()
      await log.append('a', logEvents('x', 3), 'no_stream')
      await double.store.delete('a', 2)
      expect(await log.readStream({ stream: 'a', limit: 9 })).toEqual([])
      if (answer === 'lost') double.faults.loseAnswers(2, 'cut')
      const appended = await log.append('a', logEvents('y', 2), 'no_stream')
      expect(appended.firstRevision).toBe(3)
      expect((await log.append('a', [logEvent('z')], 4)).firstRevision).toBe(5)
      const events = await log.readStream({ stream: 'a', limit: 9 })
      expect(events.map(({ id, revision }) => [id, revision])).toEqual([
        ['y0', 3],
        ['y1', 4],
        ['z', 5],
      ])
    },
  )

  it('takes commands without a conflict, as long as somebody knows its state', async () => {
    const { double, id, stream, commands } = await conversation()
    await double.store.delete(stream, 2)
    await sendText(commands, id, bob, 2)
    expect(await sendText(commands, id, bob, 3)).toMatchObject({ revision: 4, seq: 3 })
  })

  it('is closed to who has to load it: it lacks its beginning', async () => {
    const { double, id, stream, commands, open } = await conversation()
    await double.store.delete(stream, 2)
    await sendText(commands, id, bob, 2)
    await expect(sendText(await open(), id, bob, 3)).rejects.toEqual(closed)
  })
})

describe('A stream that was ended in KurrentDB', () => {
  it('refuses appends for good, and reads as if it did not exist', async () => {
    const { double, log } = await start()
    await log.append('a', logEvents('x', 3), 'no_stream')
    await double.store.tombstone('a', 2)
    const begun = performance.now()
    await expect(log.append('a', [logEvent('y')], 2)).rejects.toMatchObject({ code: 'stream_closed' })
    expect(performance.now() - begun).toBeLessThan(2_000)
    expect(await log.readStream({ stream: 'a', limit: 9 })).toEqual([])
    expect(await log.readStream({ stream: 'a', limit: 9, direction: 'backwards', upTo: 10n ** 9n })).toEqual([])
    await expect(log.readStream({ stream: 'a', limit: 9, mustBeOpen: true })).rejects.toMatchObject({
      code: 'stream_closed',
    })
    // Nothing of the whole order is lost, and its end is no event.
    expect(idsOf(await log.readAll(0n, 9))).toEqual(['x0', 'x1', 'x2'])
  })

  it('is a closed conversation to who knows it and to who has to load it', async () => {
    const { double, id, stream, commands, open } = await conversation()
    await double.store.tombstone(stream, 2)
    await expect(sendText(commands, id, bob, 2)).rejects.toEqual(closed)
    await expect(sendText(await open(), id, bob, 2)).rejects.toEqual(closed)
  })
})

describe('An event of another program in a stream of the log', () => {
  it('has its number for every reader, and nothing of what it holds', async () => {
    const { double, log } = await start()
    const reader = collect(log, 0n)
    const some = collect(log, 0n, { types: new Set(['MessageSent', 'Other']) })
    await log.append('a', logEvents('x', 2), 'no_stream')
    await double.store.append('a', [foreign('MessageSent'), foreign('Ordered'), foreign('$>')], 1)
    await log.append('a', [logEvent('y')], 4)
    await reader.reached(6)
    await some.reached(3)
    expect(idsOf(some.events)).toEqual(['x0', 'x1', 'y'])
    const all = await log.readAll(0n, 10)
    expect(reader.events).toEqual(all)
    expect(await log.readStream({ stream: 'a', limit: 10 })).toEqual(all)
    expect((await log.readStream({ stream: 'a', direction: 'backwards', limit: 10 })).toReversed()).toEqual(all)
    expect(all.map(({ revision, type }) => [revision, type])).toEqual([
      [0, 'MessageSent'],
      [1, 'MessageSent'],
      [2, foreignType],
      [3, foreignType],
      [4, foreignType],
      [5, 'MessageSent'],
    ])
    expect(JSON.stringify(all.map(({ position: _, ...event }) => event))).not.toContain('secret')
  })

  it('parks its stream in the views, which is reported; the other streams go on', async () => {
    const { double, log, id, stream, commands } = await conversation()
    const parked: unknown[] = []
    const options = { reader: log, store: createMemoryDocumentStore(), views: allViews, paceMs: 0 }
    const runner = await startRunner({ ...options, onParked: (one) => parked.push(one) })
    world.later(() => runner.close())
    await runner.ready
    await double.store.append(stream, [foreign('Ordered')], 2)
    const other = randomUUID()
    await startGroup(commands, other, ann, ['bob'])
    await expect.poll(runner.position).toBe(await log.head())
    expect(parked).toMatchObject([{ stream, revision: 3, error: expect.stringContaining('unknown_type') }])
    expect(await runner.retryParked(stream)).toBe(false)
    await expect(sendText(commands, id, bob, 2)).rejects.toEqual(closed)
    await sendText(commands, other, bob, 1)
  })
})

describe('Events that somebody has hidden from reads of a stream', () => {
  it('park it where a reader lacks them, and close it to who has to load it', async () => {
    const { double, log, id, stream, open } = await conversation()
    const metadata = { ...foreign('$metadata'), data: Buffer.from('{"$maxCount":1}') }
    await double.store.append(`$$${stream}`, [metadata], 'no_stream')
    expect((await log.readStream({ stream, limit: 9 })).map(({ revision }) => revision)).toEqual([2])
    await expect(sendText(await open(), id, bob, 2)).rejects.toEqual(closed)
  })
})

describe('An append beyond the limit of KurrentDB', () => {
  it('says what the limit is', async () => {
    const { log } = await start({ maxAppendSize: 10_000 })
    const huge = logEvent('x', { body: 'b'.repeat(20_000) })
    await expect(log.append('a', [huge], 'no_stream')).rejects.toMatchObject({
      code: 'event_too_large',
      message: 'The append is larger than the server takes (10000 bytes): its MaxAppendSize says how much',
    })
  })
})
