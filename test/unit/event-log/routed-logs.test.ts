import { describe, expect, it } from 'vitest'
import { createMemoryLog } from '../../../src/adapters/memory/event-log.ts'
import { logOf } from '../../../src/event-log/positions.ts'
import { createRoutedLogs } from '../../../src/event-log/routing/routed-logs.ts'
import { evenSlotMap } from '../../../src/event-log/routing/slot-map.ts'
import { logEvent } from '../../support/event-log/events.ts'

const createLogs = () => [createMemoryLog(), createMemoryLog(), createMemoryLog()]

describe('several logs as a set', () => {
  it('has each stream in the one log that its slot says, and reads it from there', async () => {
    const own = createLogs()
    const logs = createRoutedLogs(own, evenSlotMap('set', 3))
    const streams = Array.from({ length: 50 }, (_, n) => `conversation-${n}`)
    for (const stream of streams) {
      const { position } = await logs.append(stream, [logEvent('1'), logEvent('2')], 'no_stream')
      expect(logOf(position)).toBe(logs.logOf(stream))
      const events = await logs.readStream({ stream, limit: 10 })
      expect(events.at(-1)?.position).toBe(position)
      expect(new Set(events.map((event) => logOf(event.position)))).toEqual(new Set([logs.logOf(stream)]))
      expect(await own[logs.logOf(stream)]?.readStream({ stream, limit: 10 })).toHaveLength(2)
    }
    expect(new Set(streams.map(logs.logOf)).size).toBe(3)
    const all = await Promise.all(own.map((log) => log.readAll(0n, 1_000)))
    expect(all.flat()).toHaveLength(100)
    expect(await logs.heads()).toEqual(await Promise.all(logs.logs.map((log) => log.head())))
  })

  it('has an epoch of its own: another one when a log has another life, or when slots moved', () => {
    const own = createLogs()
    const map = evenSlotMap('set', 3)
    const { epoch, logs } = createRoutedLogs(own, map)
    expect(epoch).toMatch(/^[0-9a-f]{32}$/)
    expect(logs.map((log) => log.epoch)).toEqual([epoch, epoch, epoch])
    expect(createRoutedLogs(own, map).epoch).toBe(epoch)
    for (let index = 0; index < 3; index += 1)
      expect(createRoutedLogs(own.with(index, createMemoryLog()), map).epoch).not.toBe(epoch)
    expect(createRoutedLogs(own, { ...map, version: 2 }).epoch).not.toBe(epoch)
  })

  it('refuses a map that is not of these logs', () => {
    expect(() => createRoutedLogs(createLogs(), evenSlotMap('set', 2))).toThrow(RangeError)
    expect(() => createRoutedLogs(createLogs(), { ...evenSlotMap('set', 3), ranges: [] })).toThrow(RangeError)
  })
})
