import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { PushService, Wake } from '../../../src/ports/push.ts'
import type { Scripted } from '../../support/push/scripted-answers.ts'

export interface OpenedPush {
  readonly service: PushService
  /** A wake-up for the device with this name, which the service's double knows. */
  wake(name: string): Wake
  /** Sets the double's answers for the device. */
  answer(name: string, ...answers: readonly Scripted[]): void
  /** The devices that were woken, in any order. */
  woken(): readonly string[]
  /** Everything that the double received for a device. */
  given(name: string): string
  /** Closes the double. */
  stop(): Promise<void>
  remove(): Promise<void>
}

export interface PushAnswers {
  /** The answers by which the service reports a dead target, a rate limit and an internal failure. */
  readonly gone: Scripted
  readonly busy: (seconds: string) => Scripted
  readonly trouble: Scripted
}

/** What every push service guarantees. */
export const pushServiceContract = (name: string, answers: PushAnswers, open: () => Promise<OpenedPush>): void => {
  describe(`${name} as a push service`, () => {
    let opened: OpenedPush
    beforeEach(async () => {
      opened = await open()
    })
    afterEach(() => opened.remove())

    const wakeAll = (...names: readonly string[]) => opened.service.wake(names.map(opened.wake))

    test('does nothing for an empty list', async () => {
      expect(await opened.service.wake([])).toEqual([])
      expect(opened.woken()).toEqual([])
    })

    test('wakes each device once', async () => {
      const names = Array.from({ length: 30 }, (_, index) => `device-${index}`)
      expect(await wakeAll(...names)).toEqual(names.map(() => ({ kind: 'sent' })))
      expect(opened.woken().toSorted()).toEqual(names.toSorted())
    })

    test('reports each device separately: one failure does not affect the others', async () => {
      opened.answer('b', answers.gone)
      opened.answer('d', answers.trouble)
      const outcomes = await wakeAll('a', 'b', 'c', 'd', 'e')
      expect(outcomes.map(({ kind }) => kind)).toEqual(['sent', 'gone', 'sent', 'refused', 'sent'])
      expect(opened.woken().toSorted()).toEqual(['a', 'c', 'e'])
    })

    test('passes on when the service wants to be asked again', async () => {
      opened.answer('a', answers.busy('120'))
      opened.answer('b', answers.busy('soon'))
      const [first, second] = await wakeAll('a', 'b')
      expect(first).toEqual({ kind: 'refused', code: expect.stringMatching(/^\w+$/), retryAfterMs: 120_000 })
      expect(second).toEqual({ kind: 'refused', code: expect.stringMatching(/^\w+$/) })
    })

    test('reports `unsure` in limited time if the service does not answer', async () => {
      opened.answer('b', 'hang')
      const begun = performance.now()
      const outcomes = await wakeAll('a', 'b')
      expect(outcomes).toEqual([{ kind: 'sent' }, { kind: 'unsure', code: 'no_answer' }])
      expect(performance.now() - begun).toBeLessThan(20_000)
    })

    test('reports that the service cannot be reached', async () => {
      await opened.stop()
      const [outcome] = await wakeAll('a')
      expect(outcome?.kind).toMatch(/refused|unsure/)
    })

    test('sends no content: the same for every device, and no conversation', async () => {
      const names = ['a', 'b']
      await wakeAll(...names)
      for (const one of names) {
        expect(opened.given(one)).not.toMatch(/conversation|sender|messageId/i)
        expect(opened.given(one)).toMatch(/wake/)
      }
    })

    test('treats a target of another kind as dead', async () => {
      const target = opened.service.kind === 'fcm' ? { kind: 'webhook' as const } : { kind: 'fcm' as const, token: 't' }
      if (opened.service.kind === 'webhook') return
      const outcomes = await opened.service.wake([opened.wake('a'), { id: '1', userId: 'u', target }])
      expect(outcomes.map(({ kind }) => kind)).toEqual(['sent', 'gone'])
    })
  })
}
