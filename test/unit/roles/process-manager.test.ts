import { describe, expect, it } from 'vitest'
import { createMemoryLog } from '../../../src/adapters/memory/event-log.ts'
import { UndecodableEvent } from '../../../src/codec/undecodable-event.ts'
import type { Position, RecordedEvent } from '../../../src/ports/event-log.ts'
import { doAll } from '../../../src/roles/do-all.ts'
import { startProcessManager } from '../../../src/roles/process-manager.ts'

const event = (id: string) => ({
  ...{ id, type: 'MessageSent', version: 1, at: 0, userId: 'ann', deviceId: 'phone', data: '{}', body: null },
})
const undecodable = (recorded: RecordedEvent) => new UndecodableEvent('unknown_version', recorded)

describe('a process manager', () => {
  it('tries again what failed, but passes over an event that cannot be decoded, and says so', async () => {
    const log = createMemoryLog()
    await log.append('conversation-a', [event('flaky'), event('poison'), event('last')], 'no_stream')
    const tried: string[] = []
    const errors: unknown[] = []
    const { promise: done, resolve } = Promise.withResolvers<void>()
    const saved: Position[] = []
    const manager = await startProcessManager({
      name: 'test',
      log,
      checkpoints: {
        checkpoint: async () => undefined,
        saveCheckpoint: async (_, { position }) => void saved.push(position),
      },
      types: new Set(['MessageSent']),
      react: (recorded) => async () => {
        tried.push(recorded.id)
        if (recorded.id === 'poison') throw undecodable(recorded)
        if (recorded.id === 'flaky' && tried.length < 3) throw new Error('not now')
        if (recorded.id === 'last') resolve()
        return true
      },
      onError: (error) => errors.push(error),
      retryMs: { first: 1, most: 1 },
    })
    await done
    await manager.close()
    expect(tried).toEqual(['flaky', 'flaky', 'flaky', 'poison', 'last'])
    expect(errors.map(String)).toEqual([
      'Error: not now',
      'Error: not now',
      'UndecodableEvent: event MessageSent v1 at conversation-a@1: unknown_version',
    ])
    expect(saved).toEqual([await log.head()])
  })

  it('keeps how far it is when it is closed, past what is not for it, but not past what it has not done', async () => {
    const log = createMemoryLog()
    const other = { ...event('other'), type: 'MessageRead' }
    await log.append('conversation-a', [event('first'), other], 'no_stream')
    const begun: string[] = []
    const saved: Position[] = []
    const start = () =>
      startProcessManager({
        name: 'test',
        log,
        checkpoints: {
          checkpoint: async () => ({ epoch: log.epoch, position: saved.at(-1) ?? 0n }),
          saveCheckpoint: async (_, { position }) => void saved.push(position),
        },
        types: new Set(['MessageSent']),
        react: ({ id }) => {
          begun.push(id)
          return id === 'first' ? undefined : () => Promise.reject(new Error('not now'))
        },
        onError: () => {},
        retryMs: { first: 1, most: 1 },
      })
    const first = await start()
    await expect.poll(() => begun).toEqual(['first'])
    await first.close()
    expect(saved).toEqual([await log.head()])
    await log.append('conversation-a', [event('stuck')], 'stream_exists')
    const second = await start()
    await expect.poll(() => begun).toEqual(['first', 'stuck'])
    await second.close()
    expect(saved).toHaveLength(1)
  })

  it('does everything that can be done, and throws first what may pass', async () => {
    const done: number[] = []
    const failing = new Map<number, Error>([
      [1, new UndecodableEvent('unknown_type', { ...event('x'), stream: 'conversation-a', revision: 0 })],
      [2, new Error('not now')],
    ])
    const work = async (item: number) => {
      const error = failing.get(item)
      if (error !== undefined) throw error
      done.push(item)
    }
    await expect(doAll([0, 1, 2, 3], work)).rejects.toThrow('not now')
    expect(done).toEqual([0, 3])
    failing.delete(2)
    await expect(doAll([0, 1, 2, 3], work)).rejects.toBeInstanceOf(UndecodableEvent)
    failing.delete(1)
    await doAll([0, 1, 2, 3], work)
  })
})
