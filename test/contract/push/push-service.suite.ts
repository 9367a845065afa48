import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { PushService, Wake } from '../../../src/ports/push.ts'
import type { Scripted } from '../../support/push/scripted-answers.ts'

export interface OpenedPush {
  readonly service: PushService
  /** A wake-up for a device of this name; the service's double knows it. */
  wake(name: string): Wake
  /** What the double answers for the device from now on. */
  answer(name: string, ...answers: readonly Scripted[]): void
  /** The devices that were woken, in no order. */
  woken(): readonly string[]
  /** Everything that the double was given for a device. */
  given(name: string): string
  /** The double goes away. */
  stop(): Promise<void>
  remove(): Promise<void>
}

export interface PushAnswers {
  /** As the service says that a device is gone, that it wants to be asked less, and that it is in trouble. */
  readonly gone: Scripted
  readonly busy: (seconds: string) => Scripted
  readonly trouble: Scripted
}

/** What every service that wakes devices promises. */
export const pushServiceContract = (name: string, answers: PushAnswers, open: () => Promise<OpenedPush>): void => {
  describe(`${name} as what wakes devices`, () => {
    let opened: OpenedPush
    beforeEach(async () => {
      opened = await open()
    })
    afterEach(() => opened.remove())

    const wakeAll = (...names: readonly string[]) => opened.service.wake(names.map(opened.wake))

    test('wakes nobody for nothing', async () => {
      expect(await opened.service.wake([])).toEqual([])
      expect(opened.woken()).toEqual([])
    })

    test('wakes each device once', async () => {
      const names = Array.from({ length: 30 }, (_, index) => `device-${index}`)
      expect(await wakeAll(...names)).toEqual(names.map(() => ({ kind: 'sent' })))
      expect(opened.woken().toSorted()).toEqual(names.toSorted())
    })

    test('tells the devices apart: one that fails takes no other one with it', async () => {
      opened.answer('b', answers.gone)
      opened.answer('d', answers.trouble)
      const outcomes = await wakeAll('a', 'b', 'c', 'd', 'e')
      expect(outcomes.map(({ kind }) => kind)).toEqual(['sent', 'gone', 'sent', 'refused', 'sent'])
      expect(opened.woken().toSorted()).toEqual(['a', 'c', 'e'])
    })

    test('says when the service wants to be asked again', async () => {
      opened.answer('a', answers.busy('120'))
      opened.answer('b', answers.busy('soon'))
      const [first, second] = await wakeAll('a', 'b')
      expect(first).toEqual({ kind: 'refused', code: expect.stringMatching(/^\w+$/), retryAfterMs: 120_000 })
      expect(second).toEqual({ kind: 'refused', code: expect.stringMatching(/^\w+$/) })
    })

    test('does not know what became of a device that nobody answers for, and answers all the same', async () => {
      opened.answer('b', 'hang')
      const begun = performance.now()
      const outcomes = await wakeAll('a', 'b')
      expect(outcomes).toEqual([{ kind: 'sent' }, { kind: 'unsure', code: 'no_answer' }])
      expect(performance.now() - begun).toBeLessThan(20_000)
    })

    test('says that the service is not there', async () => {
      await opened.stop()
      const [outcome] = await wakeAll('a')
      expect(outcome?.kind).toMatch(/refused|unsure/)
    })

    test('has no word of what waits: the same for every device, and no conversation', async () => {
      const names = ['a', 'b']
      await wakeAll(...names)
      for (const one of names) {
        expect(opened.given(one)).not.toMatch(/conversation|sender|messageId/i)
        expect(opened.given(one)).toMatch(/wake/)
      }
    })

    test('takes a target of another kind for dead', async () => {
      const target = opened.service.kind === 'fcm' ? { kind: 'webhook' as const } : { kind: 'fcm' as const, token: 't' }
      if (opened.service.kind === 'webhook') return
      const outcomes = await opened.service.wake([opened.wake('a'), { id: '1', userId: 'u', target }])
      expect(outcomes.map(({ kind }) => kind)).toEqual(['sent', 'gone'])
    })
  })
}
