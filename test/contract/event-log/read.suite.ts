import { beforeEach, describe, expect, it } from 'vitest'
import { sizeOfEvent } from '../../../src/event-log/reading/append-limits.ts'
import type { StreamSlice } from '../../../src/ports/event-log.ts'
import { appendAtEnd } from '../../support/event-log/append-at-end.ts'
import { idsOf, logEvent, logEvents } from '../../support/event-log/events.ts'
import type { LogWorld } from './event-log.suite.ts'

export const readContract = ({ log, reopen }: LogWorld): void => {
  const read = async (slice: Partial<StreamSlice>) =>
    idsOf(await log().readStream({ stream: 'a', limit: 100, ...slice }))

  describe('reading', () => {
    /** Stream `a` holds a0 to a9, each followed by an event of stream `b`. */
    beforeEach(async () => {
      for (const event of logEvents('a', 10)) {
        await appendAtEnd(log(), 'a', [event])
        await appendAtEnd(log(), 'b', [logEvent(`b/${event.id}`)])
      }
    })
    const positionOf = async (revision: number) => {
      const [event] = await log().readStream({ stream: 'a', from: revision, limit: 1 })
      return event?.position ?? 0n
    }
    const all = idsOf(logEvents('a', 10).map((event, revision) => ({ ...event, stream: 'a', revision, position: 0n })))

    it('reads a stream forwards from a revision, up to the limit', async () => {
      expect(await read({})).toEqual(all)
      expect(await read({ from: 3, limit: 4 })).toEqual(['a3', 'a4', 'a5', 'a6'])
      expect(await read({ from: 10 })).toEqual([])
    })

    it('reads a stream backwards from a revision, up to the limit', async () => {
      expect(await read({ direction: 'backwards', limit: 3 })).toEqual(['a9', 'a8', 'a7'])
      expect(await read({ direction: 'backwards', from: 2 })).toEqual(['a2', 'a1', 'a0'])
      expect(await read({ direction: 'backwards', from: 50, limit: 1 })).toEqual(['a9'])
    })

    it('reads a stream after and up to every position', async () => {
      for (let revision = 0; revision < 10; revision++) {
        const position = await positionOf(revision)
        expect(await read({ after: position })).toEqual(all.slice(revision + 1))
        expect(await read({ after: position - 1n })).toEqual(all.slice(revision))
        expect(await read({ upTo: position })).toEqual(all.slice(0, revision + 1))
        expect(await read({ upTo: position - 1n })).toEqual(all.slice(0, revision))
        expect(await read({ upTo: position, direction: 'backwards', limit: 1 })).toEqual([all[revision]])
      }
    })

    it('finds a place by position whichever was asked for before, also when the stream has grown since', async () => {
      const revisions = Array.from({ length: 10 }, (_, revision) => revision)
      const positions = await Promise.all(revisions.map(positionOf))
      for (const one of revisions)
        for (const other of revisions) {
          expect(await read({ after: positions[one] ?? 0n })).toEqual(all.slice(one + 1))
          expect(await read({ after: positions[other] ?? 0n })).toEqual(all.slice(other + 1))
        }
      await read({ after: positions[9] ?? 0n })
      await appendAtEnd(log(), 'a', logEvents('later', 5))
      expect(await read({ after: positions[9] ?? 0n })).toEqual(['later0', 'later1', 'later2', 'later3', 'later4'])
      expect(await read({ after: 0n, limit: 1 })).toEqual(['a0'])
    })

    it('reads a stream between bounds of both kinds', async () => {
      const [after, upTo] = [await positionOf(2), await positionOf(7)]
      expect(await read({ after, upTo })).toEqual(all.slice(3, 8))
      expect(await read({ after, upTo, from: 5, limit: 2 })).toEqual(['a5', 'a6'])
      expect(await read({ upTo, from: 4, direction: 'backwards', limit: 2 })).toEqual(['a4', 'a3'])
      expect(await read({ after: upTo, upTo: after })).toEqual([])
    })

    it('P7: ends a slice with the event that brings it to the bytes that are wanted', async () => {
      const [size] = (await log().readStream({ stream: 'a', limit: 1 })).map(sizeOfEvent)
      const maxBytes = 3 * (size ?? 0)
      const after = await positionOf(4)
      expect(await read({ maxBytes: 1 })).toEqual(['a0'])
      expect(await read({ maxBytes })).toEqual(['a0', 'a1', 'a2'])
      expect(await read({ maxBytes, limit: 2 })).toEqual(['a0', 'a1'])
      expect(await read({ maxBytes, from: 4, direction: 'backwards' })).toEqual(['a4', 'a3', 'a2'])
      expect(await read({ maxBytes, after })).toEqual(['a5', 'a6', 'a7'])
      expect(await read({ maxBytes, upTo: after, direction: 'backwards' })).toEqual(['a4', 'a3', 'a2'])
      expect(await read({ maxBytes: 1_000_000 })).toEqual(all)
    })

    it('finds nothing in a stream that does not exist', async () => {
      expect(await read({ stream: 'none' })).toEqual([])
      expect(await read({ stream: 'none', direction: 'backwards', after: 1n, upTo: 5n })).toEqual([])
    })

    it('reads all streams in order of position, page by page, the same before and after a restart', async () => {
      const pages = async () => {
        const ids: string[] = []
        for (let after = 0n; ; ) {
          const page = await log().readAll(after, 3)
          ids.push(...idsOf(page))
          const last = page.at(-1)
          if (last === undefined) return ids
          after = last.position
        }
      }
      const expected = all.flatMap((id) => [id, `b/${id}`])
      expect(await pages()).toEqual(expected)
      await reopen()
      expect(await pages()).toEqual(expected)
      expect(await log().readAll(await log().head(), 10)).toEqual([])
      expect(await log().readAll((await log().head()) + 100n, 10)).toEqual([])
    })
  })
}

/** For a log that carries `blanksTarget` out. */
export const blankingContract = ({ log, reopen }: LogWorld): void => {
  describe('blanking', () => {
    const bodies = async () => {
      const byStream = await log().readStream({ stream: 'a', limit: 20 })
      const byPosition = (await log().readAll(0n, 100)).filter(({ stream }) => stream === 'a')
      expect(byPosition).toEqual(byStream)
      return byStream.flatMap(({ id, body }) => (body === null ? [] : [id]))
    }

    it('drops the body of a message and of all earlier events that refer to it, at once and for good', async () => {
      await log().append('b', [logEvent('other'), logEvent('other edit', { target: 0 })], 'no_stream')
      await log().append('a', [logEvent('message'), logEvent('edit', { target: 0 }), logEvent('reply')], 'no_stream')
      await log().append('a', [logEvent('reaction', { target: 0 }), logEvent('edit of reply', { target: 2 })], 2)
      expect(await bodies()).toEqual(['message', 'edit', 'reply', 'reaction', 'edit of reply'])
      await log().append('a', [logEvent('deletion', { body: null, target: 0, blanksTarget: true })], 4)
      expect(await bodies()).toEqual(['reply', 'edit of reply'])
      await reopen()
      expect(await bodies()).toEqual(['reply', 'edit of reply'])
      expect((await log().readStream({ stream: 'b', limit: 9 })).every(({ body }) => body !== null)).toBe(true)
    })

    it('blanks what waits in the same batch or stands in the same append', async () => {
      const deletion = (id: string, target: number) => logEvent(id, { body: null, target, blanksTarget: true })
      await Promise.all([
        log().append('a', [logEvent('one')], 'no_stream'),
        log().append('a', [deletion('gone', 0), logEvent('two'), deletion('gone too', 2)], 0),
      ])
      expect(await bodies()).toEqual([])
    })

    it('drops the bodies of a range, of some types, and what refers into it, at once and for good', async () => {
      const types = ['Said', 'Edited']
      const said = (id: string) => logEvent(id, { type: 'Said' })
      const edit = (id: string, target: number) => logEvent(id, { type: 'Edited', target })
      await log().append('b', [said('other'), edit('other edit', 0)], 'no_stream')
      await log().append(
        'a',
        [said('0'), said('1'), logEvent('key', { type: 'Key' }), said('3'), said('4')],
        'no_stream',
      )
      await log().append('a', [edit('of 0', 0), edit('of 3', 3), edit('of 4', 4)], 4)
      const order = logEvent('expiry', { type: 'Expired', body: null, blanksRange: { from: 1, upTo: 3, types } })
      await log().append('a', [said('in the append'), order, edit('later', 3)], 7)
      const left = ['0', 'key', '4', 'of 0', 'of 4', 'in the append', 'later']
      expect(await bodies()).toEqual(left)
      await reopen()
      expect(await bodies()).toEqual(left)
      expect((await log().readStream({ stream: 'b', limit: 9 })).every(({ body }) => body !== null)).toBe(true)
    })

    it('drops a range of what waits in the same batch', async () => {
      const order = { body: null, blanksRange: { from: 0, upTo: 9, types: ['Said'] } }
      await Promise.all([
        log().append('a', [logEvent('one', { type: 'Said' })], 'no_stream'),
        log().append('a', [logEvent('expiry', order), logEvent('two', { type: 'Said' })], 0),
      ])
      expect(await bodies()).toEqual(['two'])
    })

    it('does not blank for an append that is refused', async () => {
      await log().append('a', [logEvent('one')], 'no_stream')
      const deletion = logEvent('gone', { body: null, target: 0, blanksTarget: true })
      await expect(log().append('a', [deletion], 'no_stream')).rejects.toThrow()
      expect(await bodies()).toEqual(['one'])
    })
  })
}
