import { ProtocolError } from '@backscroll/protocol/errors'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createMemoryLog } from '../../../src/adapters/memory/event-log.ts'
import { UndecodableEvent } from '../../../src/codec/undecodable-event.ts'
import { LogError } from '../../../src/ports/errors/log-error.ts'
import { UnavailableError } from '../../../src/ports/errors/unavailable-error.ts'
import type { RecordedEvent } from '../../../src/ports/event-log.ts'
import type { ParkedReaction } from '../../../src/ports/parked-reactions.ts'
import { type ProcessManager, startProcessManager } from '../../../src/processes/reactions/process-manager.ts'
import { reactToEach } from '../../../src/processes/reactions/react-to-each.ts'
import { openTestAccountsFile } from '../../support/accounts/file.ts'
import { appendAtEnd } from '../../support/event-log/append-at-end.ts'

const event = (id: string) => ({
  ...{ id, type: 'MessageSent', version: 1, at: 0, userId: 'ann', deviceId: 'phone', data: '{}', body: null },
})
const undecodable = (recorded: RecordedEvent) => new UndecodableEvent('unknown_version', recorded)

let accounts: Awaited<ReturnType<typeof openTestAccountsFile>>
let log: ReturnType<typeof createMemoryLog>
/** In the order in which they were done. */
let done: string[]
let parked: ParkedReaction[]
let errors: unknown[]
let running: ProcessManager[]
/** By id of the event: what doing it throws, as long as it is here. */
let failing: Map<string, (recorded: RecordedEvent) => unknown>
beforeEach(async () => {
  accounts = await openTestAccountsFile()
  log = createMemoryLog()
  done = []
  parked = []
  errors = []
  running = []
  failing = new Map()
})
afterEach(async () => {
  for (const manager of running) await manager.close()
  await accounts.discard()
})

const react = (recorded: RecordedEvent) => async () => {
  const failure = failing.get(recorded.id)
  if (failure !== undefined) throw failure(recorded)
  done.push(recorded.id)
  return true
}

const start = async (changes: Partial<Parameters<typeof startProcessManager>[0]> = {}) => {
  const manager = await startProcessManager({
    name: 'test',
    log,
    checkpoints: accounts.store,
    records: accounts.store,
    types: new Set(['MessageSent']),
    react,
    now: () => 7,
    onError: (error) => errors.push(error),
    onParked: (reaction) => parked.push(reaction),
    retryMs: { first: 1, most: 1 },
    lookMs: 5,
    ...changes,
  })
  running.push(manager)
  return manager
}

const add = (stream: string, ...ids: readonly string[]) => appendAtEnd(log, stream, ids.map(event))
const checkpoint = async () => (await accounts.store.checkpoint('test'))?.position
const stored = async () => (await accounts.store.parkedReactions(10)).map(({ stream, revision }) => [stream, revision])
const retried = async (stream: string) => {
  expect(await accounts.store.askReactionRetry('test', stream)).toBe(true)
  await expect.poll(() => accounts.store.reactionRetry('test', stream)).not.toBe('asked')
}

describe('a process manager', () => {
  it('parks what fails for good, with what waits behind it in the same stream, and does all else', async () => {
    failing.set('bad', () => new TypeError('cannot be done'))
    const manager = await start()
    await add('conversation-a', 'good', 'bad', 'behind')
    await add('conversation-b', 'other')
    await add('conversation-a', 'later')
    await expect.poll(() => done).toEqual(['good', 'other'])
    const [other] = await log.readStream({ stream: 'conversation-b', limit: 1 })
    await expect.poll(async () => (await checkpoint()) ?? 0n).toBeGreaterThanOrEqual(other?.position ?? 0n)
    expect(parked).toEqual([
      {
        ...{ process: 'test', epoch: log.epoch, stream: 'conversation-a', revision: 1, position: expect.any(BigInt) },
        ...{ type: 'MessageSent', attempts: 7, error: 'TypeError: cannot be done', at: 7 },
      },
    ])
    expect(await accounts.store.parkedReactions(10)).toEqual(parked)
    await manager.close()
  })

  it('keeps what is parked over a restart, tries it when it is asked to, and then does what waited, in order', async () => {
    failing.set('bad', () => new ProtocolError('forbidden'))
    const first = await start()
    await add('conversation-a', 'bad', 'behind')
    await expect.poll(stored).toEqual([['conversation-a', 0]])
    await first.close()
    const second = await start()
    await add('conversation-a', 'later')
    await add('conversation-b', 'other')
    await expect.poll(() => done).toEqual(['other'])
    await retried('conversation-a')
    expect(await accounts.store.parkedReactions(10)).toMatchObject([{ attempts: 8, revision: 0 }])
    failing.clear()
    await retried('conversation-a')
    expect([done, await stored()]).toEqual([['other', 'bad', 'behind', 'later'], []])
    await add('conversation-a', 'last')
    await expect.poll(() => done.at(-1)).toBe('last')
    await second.close()
    expect(done).toHaveLength(5)
  })

  it('stands still at the next one that fails when the first is mended', async () => {
    for (const id of ['bad', 'worse']) failing.set(id, () => new Error(id))
    const manager = await start()
    await add('conversation-a', 'bad', 'between', 'worse', 'last')
    await expect.poll(stored).toEqual([['conversation-a', 0]])
    failing.delete('bad')
    await retried('conversation-a')
    expect([done, await stored()]).toEqual([['bad', 'between'], [['conversation-a', 2]]])
    expect(await accounts.store.parkedReactions(10)).toMatchObject([{ attempts: 1, error: 'Error: worse' }])
    await manager.close()
  })

  it.each([
    ['the log', () => new LogError('log_unavailable', 'away')],
    ['a store', () => new UnavailableError('away')],
    ['the log, as commands tell it', () => new ProtocolError('unavailable')],
    ['the views', () => new ProtocolError('behind')],
  ])('waits as long as it takes for %s, and parks nothing', async (_title, away) => {
    failing.set('first', away)
    const manager = await start()
    await add('conversation-a', 'first')
    await add('conversation-b', 'second')
    await expect.poll(() => errors.length).toBeGreaterThan(20)
    expect([done, await stored()]).toEqual([[], []])
    failing.clear()
    await expect.poll(() => done).toEqual(['first', 'second'])
    await manager.close()
  })

  it('parks at once what it does not understand, and not before that is stored', async () => {
    failing.set('poison', undecodable)
    let away = 3
    const parkReaction: typeof accounts.store.parkReaction = async (reaction) => {
      away -= 1
      if (away > 0) throw new UnavailableError('the accounts are away')
      await accounts.store.parkReaction(reaction)
    }
    const manager = await start({ records: { ...accounts.store, parkReaction } })
    await add('conversation-a', 'poison')
    await add('conversation-b', 'other')
    await expect.poll(() => done).toEqual(['other'])
    expect(errors.map(String)).toEqual([
      'UndecodableEvent: event MessageSent v1 at conversation-a@0: unknown_version',
      ...Array.from({ length: 2 }, () => 'UnavailableError: the accounts are away'),
    ])
    expect(await stored()).toEqual([['conversation-a', 0]])
    await manager.close()
  })

  it('knows nothing of what was parked in another life of the log: it looks at everything again', async () => {
    failing.set('bad', () => new Error('no'))
    const manager = await start()
    await add('conversation-a', 'bad')
    await expect.poll(stored).toEqual([['conversation-a', 0]])
    await manager.close()
    log = createMemoryLog()
    await add('conversation-a', 'good', 'too')
    const second = await start()
    await expect.poll(() => done).toEqual(['good', 'too'])
    expect(await stored()).toEqual([])
    await second.close()
  })

  it('keeps how far it is when it is closed, past what is not for it, but not past what it has not done', async () => {
    const other = { ...event('other'), type: 'MessageRead' }
    await log.append('conversation-a', [event('first'), other], 'no_stream')
    const seen: string[] = []
    const watching = (recorded: RecordedEvent) => {
      seen.push(recorded.id)
      return recorded.id === 'first' ? undefined : react(recorded)
    }
    const first = await start({ react: watching })
    await expect.poll(() => seen).toEqual(['first'])
    await first.close()
    const head = await log.head()
    expect(await checkpoint()).toBe(head)
    failing.set('stuck', () => new ProtocolError('unavailable'))
    await add('conversation-a', 'stuck')
    const second = await start({ react: watching })
    await expect.poll(() => seen).toEqual(['first', 'stuck'])
    await second.close()
    expect(await checkpoint()).toBe(head)
  })

  it('does everything that can be done, and throws first what may pass', async () => {
    const finished: number[] = []
    const thrown = new Map<number, Error>([
      [1, undecodable({ ...event('x'), stream: 'conversation-a', revision: 0, position: 1n })],
      [2, new Error('no')],
      [3, new ProtocolError('unavailable')],
    ])
    const work = async (item: number) => {
      const error = thrown.get(item)
      if (error !== undefined) throw error
      finished.push(item)
    }
    await expect(reactToEach([0, 1, 2, 3, 4], work)).rejects.toMatchObject({ code: 'unavailable' })
    expect(finished).toEqual([0, 4])
    thrown.delete(3)
    await expect(reactToEach([0, 1, 2, 3], work)).rejects.toThrow('no')
    thrown.delete(2)
    await expect(reactToEach([0, 1, 2, 3], work)).rejects.toBeInstanceOf(UndecodableEvent)
    thrown.delete(1)
    await reactToEach([0, 1, 2, 3], work)
  })
})
