import { describe, expect, it } from 'vitest'
import { sizeOfEvent } from '../../../src/event-log/reading/append-limits.ts'
import { LogError } from '../../../src/ports/errors/log-error.ts'
import { appendAtEnd } from '../../support/event-log/append-at-end.ts'
import { idsOf, logEvent, logEvents } from '../../support/event-log/events.ts'
import type { LogWorld } from './event-log.suite.ts'

export const wrongRevision = (actual: number) =>
  expect.objectContaining({ name: 'LogError', code: 'wrong_expected_revision', actual })

export const appendContract = ({ log }: LogWorld): void => {
  describe('append', () => {
    it('numbers the events of a stream from 0 without holes', async () => {
      expect((await log().append('a', logEvents('x', 2), 'no_stream')).firstRevision).toBe(0)
      expect((await log().append('a', logEvents('y', 3), 1)).firstRevision).toBe(2)
      const events = await log().readStream({ stream: 'a', limit: 10 })
      expect(events.map(({ revision }) => revision)).toEqual([0, 1, 2, 3, 4])
    })

    it('gives positions that grow over all streams, one for each event, and answers with that of the last', async () => {
      const first = await appendAtEnd(log(), 'a', logEvents('x', 2))
      const second = await appendAtEnd(log(), 'b', logEvents('y', 2))
      const positions = (await log().readAll(0n, 10)).map(({ position }) => position)
      expect([first.position, second.position]).toEqual([positions[1], positions[3]])
      expect(positions.every((position, index) => position > (positions[index - 1] ?? 0n))).toBe(true)
      expect(await log().head()).toBe(positions.at(-1))
    })

    it('keeps every field of an event, and no more', async () => {
      const event = logEvent('x', { data: '{"text":"ü\\u0000"}', body: null, target: 0, at: 1_760_000_000_123 })
      const { position } = await log().append('a', [event], 'no_stream')
      const recorded = { ...event, stream: 'a', revision: 0, position }
      expect(await log().readStream({ stream: 'a', limit: 1 })).toEqual([recorded])
      expect(await log().readAll(0n, 1)).toEqual([recorded])
    })

    it('expects a revision: refuses any other, and names the actual one', async () => {
      await log().append('a', logEvents('x', 3), 'no_stream')
      await expect(log().append('a', [logEvent('y')], 1)).rejects.toEqual(wrongRevision(2))
      await expect(log().append('a', [logEvent('y')], 3)).rejects.toEqual(wrongRevision(2))
      await expect(log().append('b', [logEvent('y')], 0)).rejects.toEqual(wrongRevision(-1))
      expect((await log().append('a', [logEvent('y')], 2)).firstRevision).toBe(3)
    })

    it('expects no stream: refuses one that exists', async () => {
      await log().append('a', [logEvent('x')], 'no_stream')
      await expect(log().append('a', [logEvent('y')], 'no_stream')).rejects.toEqual(wrongRevision(0))
    })

    it('refuses with a LogError', async () => {
      await expect(log().append('a', [logEvent('x')], 0)).rejects.toBeInstanceOf(LogError)
    })

    it('refuses an event that is too large, and goes on', async () => {
      const huge = logEvent('x', { body: 'b'.repeat(20 * 1024 * 1024) })
      await expect(log().append('a', [huge], 'no_stream')).rejects.toMatchObject({ code: 'event_too_large' })
      expect((await log().append('a', [logEvent('y')], 'no_stream')).firstRevision).toBe(0)
    })

    it('takes an append that is as large as it says', async () => {
      const event = logEvent('x'.repeat(200), { body: 'b'.repeat(500), userId: 'u'.repeat(64), target: 123_456 })
      const count = Math.floor(log().maxAppendSize / sizeOfEvent(event))
      const events = Array.from({ length: count }, (_, index) => ({ ...event, id: `${index}`.padEnd(200, 'x') }))
      await log().append('a', events, 'no_stream')
      expect(await log().readStream({ stream: 'a', limit: count + 1 })).toHaveLength(count)
    })

    it('stores all events of a refused append or none', async () => {
      await log().append('a', [logEvent('x')], 'no_stream')
      await expect(log().append('a', logEvents('y', 5), 'no_stream')).rejects.toEqual(wrongRevision(0))
      expect(idsOf(await log().readAll(0n, 10))).toEqual(['x'])
    })

    it('lets appends that wait together see each other, and a refused one harm no other', async () => {
      const results = await Promise.allSettled([
        log().append('a', logEvents('x', 2), 'no_stream'),
        log().append('a', [logEvent('lost')], 'no_stream'),
        log().append('a', [logEvent('y')], 1),
        log().append('b', [logEvent('z')], 'no_stream'),
      ])
      expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'fulfilled'])
      expect(idsOf(await log().readStream({ stream: 'a', limit: 10 }))).toEqual(['x0', 'x1', 'y'])
    })

    it('lets exactly one of many concurrent writers win each revision', async () => {
      const wins: string[] = []
      const writer = async (name: string) => {
        for (let revision = -1; revision < 49; ) {
          const id = `${name}/${revision}`
          const won = await log()
            .append('a', [logEvent(id)], revision)
            .catch(() => undefined)
          if (won !== undefined) wins.push(id)
          revision = won?.firstRevision ?? (await lastRevision())
        }
      }
      const lastRevision = async () => {
        const [last] = await log().readStream({ stream: 'a', direction: 'backwards', limit: 1 })
        return last?.revision ?? -1
      }
      await Promise.all(['p', 'q', 'r', 's'].map(writer))
      const events = await log().readStream({ stream: 'a', limit: 100 })
      expect(events.map(({ revision }) => revision)).toEqual(Array.from({ length: 50 }, (_, index) => index))
      expect(idsOf(events).sort()).toEqual(wins.sort())
    })
  })
}
