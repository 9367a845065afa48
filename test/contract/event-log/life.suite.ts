import { describe, expect, it } from 'vitest'
import { appendAtEnd } from '../../support/event-log/append-at-end.ts'
import { idsOf, logEvent, logEvents } from '../../support/event-log/events.ts'
import type { LogWorld } from './event-log.suite.ts'

export const lifeContract = ({ log, reopen, another }: LogWorld): void => {
  describe('life', () => {
    it('keeps its epoch over a restart; another log has another', async () => {
      const { epoch } = log()
      expect(epoch.length).toBeGreaterThan(10)
      expect((await reopen()).epoch).toBe(epoch)
      expect((await another()).epoch).not.toBe(epoch)
    })

    it('is empty at first, and goes on after a restart where it was [P1]', async () => {
      expect(await log().head()).toBe(log().origin ?? 0n)
      const { position } = await appendAtEnd(log(), 'a', logEvents('x', 3))
      await reopen()
      expect(await log().head()).toBe(position)
      const next = await log().append('a', [logEvent('y')], 2)
      expect(next.position > position).toBe(true)
    })

    it('stores what was appended before it was closed, and refuses what comes after', async () => {
      const waiting = [0, 1, 2].map((index) => log().append('a', [logEvent(`x${index}`)], index - 1))
      const closing = log().close()
      const late = log().append('a', [logEvent('late')], 2)
      await expect(late).rejects.toMatchObject({ name: 'LogError', code: 'log_unavailable' })
      await closing
      expect(await Promise.all(waiting)).toHaveLength(3)
      await reopen()
      expect(idsOf(await log().readAll(0n, 10))).toEqual(['x0', 'x1', 'x2'])
    })

    it('may be closed twice', async () => {
      await Promise.all([log().close(), log().close()])
      await log().close()
    })
  })
}
