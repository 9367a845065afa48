import { describe, expect, it } from 'vitest'
import { createMemoryLog } from '../../../src/adapters/memory/event-log.ts'
import { bandSize, bandStart } from '../../../src/event-log/positions.ts'
import { createBandedLog } from '../../../src/event-log/routing/banded-log.ts'
import { LogError } from '../../../src/ports/errors/log-error.ts'
import { logEvent } from '../../support/event-log/events.ts'

const start = bandStart(3)

describe('a log in a band', () => {
  it('has its positions in the band, and takes those below it for its beginning, those above it for its end', async () => {
    const log = createBandedLog(createMemoryLog(), 3, 'of the set')
    expect([log.epoch, await log.head()]).toEqual(['of the set', start])
    const { position } = await log.append('conversation-a', [logEvent('1'), logEvent('2')], 'no_stream')
    expect(position).toBe(start + 2n)
    expect(await log.head()).toBe(start + 2n)
    const revisions = async (slice: { readonly after?: bigint; readonly upTo?: bigint }) =>
      (await log.readStream({ stream: 'conversation-a', limit: 9, ...slice })).map(({ revision }) => revision)
    expect(await revisions({ after: start + 1n })).toEqual([1])
    expect(await revisions({ after: 17n })).toEqual([0, 1])
    expect(await revisions({ upTo: start + 1n })).toEqual([0])
    expect(await revisions({ upTo: bandStart(4) })).toEqual([0, 1])
    expect(await revisions({ upTo: 17n })).toEqual([])
    expect((await log.readAll(0n, 9)).map(({ position }) => position)).toEqual([start + 1n, start + 2n])
    expect(await log.readAll(bandStart(4), 9)).toEqual([])
  })

  it('refuses what would be beyond the band, before anything is stored', async () => {
    const memory = createMemoryLog()
    let end = bandSize - 2n
    const long = { ...memory, head: async () => end }
    const log = createBandedLog(long, 3, 'of the set')
    expect(await log.head()).toBe(bandStart(4) - 2n)
    end = bandSize - 1n
    expect(await log.head()).toBe(bandStart(4) - 1n)
    const refused = await log.append('conversation-a', [logEvent('1')], 'no_stream').catch((error: unknown) => error)
    expect(refused).toBeInstanceOf(LogError)
    expect(await memory.readStream({ stream: 'conversation-a', limit: 1 })).toEqual([])
    end = bandSize
    await expect(log.head()).rejects.toThrow('512 TiB')
  })
})
