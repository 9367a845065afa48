import { describe, expect, it } from 'vitest'
import type { ExpectedRevision, NewEvent } from '../../../src/ports/event-log.ts'
import { appendAtEnd } from '../../support/event-log/append-at-end.ts'
import { logEvent, logEvents } from '../../support/event-log/events.ts'
import { wrongRevision } from './append.suite.ts'
import type { LogWorld } from './event-log.suite.ts'

export const retryContract = ({ log, reopen }: LogWorld): void => {
  const stored = async () => (await log().readAll(0n, 1000)).length
  const twice = async (events: readonly NewEvent[], expected: ExpectedRevision) => {
    const first = await log().append('a', events, expected)
    await appendAtEnd(log(), 'a', logEvents('later', 3))
    return { first, again: await log().append('a', events, expected) }
  }

  describe('retry', () => {
    it('answers an append with a revision like the first time, and stores nothing [P2]', async () => {
      await log().append('a', logEvents('x', 2), 'no_stream')
      const { first, again } = await twice(logEvents('y', 2), 1)
      expect(again).toEqual(first)
      expect(await stored()).toBe(7)
    })

    it('answers an append with no_stream like the first time, and stores nothing [P2]', async () => {
      const { first, again } = await twice(logEvents('x', 2), 'no_stream')
      expect(again).toEqual(first)
      expect(await stored()).toBe(5)
    })

    it('does so after a restart, and when much has happened since [P2]', async () => {
      const first = await log().append('a', logEvents('x', 2), 'no_stream')
      const second = await log().append('a', logEvents('y', 2), 1)
      for (let index = 0; index < 50; index++) await appendAtEnd(log(), 'a', logEvents(`later${index}/`, 10))
      await reopen()
      expect(await log().append('a', logEvents('x', 2), 'no_stream')).toEqual(first)
      expect(await log().append('a', logEvents('y', 2), 1)).toEqual(second)
      expect(await stored()).toBe(504)
    })

    it('does so when the retry waits together with the original', async () => {
      const [first, again] = await Promise.all([
        log().append('a', logEvents('x', 2), 'no_stream'),
        log().append('a', logEvents('x', 2), 'no_stream'),
      ])
      expect(again).toEqual(first)
      expect(await stored()).toBe(2)
    })

    it('answers for two appends when the retry covers both', async () => {
      await log().append('a', [logEvent('x0')], 'no_stream')
      await appendAtEnd(log(), 'b', [logEvent('z')])
      const second = await log().append('a', [logEvent('x1')], 0)
      const again = await log().append('a', logEvents('x', 2), 'no_stream')
      expect(again).toEqual({ firstRevision: 0, position: second.position })
    })

    it('refuses one that overlaps only in part', async () => {
      await log().append('a', logEvents('x', 2), 'no_stream')
      await expect(log().append('a', logEvents('x', 3), 'no_stream')).rejects.toEqual(wrongRevision(1))
      await expect(log().append('a', [logEvent('x1'), logEvent('y')], 0)).rejects.toEqual(wrongRevision(1))
      await expect(log().append('a', [logEvent('y'), logEvent('x1')], 'no_stream')).rejects.toEqual(wrongRevision(1))
      expect(await stored()).toBe(2)
    })

    it('refuses the same events at other revisions', async () => {
      await log().append('a', logEvents('x', 3), 'no_stream')
      await expect(log().append('a', [logEvent('x2')], 0)).rejects.toEqual(wrongRevision(2))
      await expect(log().append('b', [logEvent('x2')], 1)).rejects.toEqual(wrongRevision(-1))
    })
  })
}
