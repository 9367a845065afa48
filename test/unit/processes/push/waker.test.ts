import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, describe, expect, it } from 'vitest'
import type { DueWake, WakeSettlement } from '../../../../src/ports/identity/push-records.ts'
import type { WakeOutcome } from '../../../../src/ports/push.ts'
import { startWaker, type Waker } from '../../../../src/processes/push/start-waker.ts'

const wakeOf = (userId: string): DueWake => ({
  ...{ userId, deviceId: 'phone', kind: 'fcm', target: userId, hash: userId },
  ...{ owed: 1, heldUntil: 0, quietUntil: 0, tries: 0 },
})

const hours = 3_600_000
const refused: WakeOutcome = { kind: 'refused', code: 'message_rate_exceeded', retryAfterMs: 6 * hours }

let waker: Waker | undefined
afterEach(() => waker?.close())

/** A waker whose service accepts everything but what is sent to `refusing`. */
const start = (refusing: ReadonlySet<string>) => {
  const due: DueWake[][] = []
  const settled: WakeSettlement[] = []
  const troubles: string[] = []
  waker = startWaker({
    store: {
      claimPushes: async () => due.shift() ?? [],
      beginPushes: async (wakes) => wakes,
      settlePushes: async (settlements) => void settled.push(...settlements),
    },
    service: {
      kind: 'fcm',
      wake: async (wakes) => wakes.map(({ userId }) => (refusing.has(userId) ? refused : { kind: 'sent' as const })),
      close: async () => {},
    },
    judge: async () => () => ({ kind: 'wake' }),
    openTarget: async ({ target }) => ({ kind: 'fcm', token: target }),
    watch: { onSettled: () => {}, onFailed: () => {}, onTrouble: (_, code) => troubles.push(code) },
    ...{ quietMs: 1_000, now: () => 0, random: () => 0, lookMs: 5, onError: () => {} },
  })
  const isDone = (userId: string) => settled.some(({ wake, kind }) => wake.userId === userId && kind === 'done')
  return { due, settled, troubles, isDone, waker }
}

describe('a service that refuses', () => {
  it('one user, who chose the target, goes on with the others at once', async () => {
    const { due, settled, troubles, isDone } = start(new Set(['eve']))
    due.push([wakeOf('eve'), { ...wakeOf('eve'), deviceId: 'tablet', hash: 'eve-2' }], [wakeOf('ann')])
    await expect.poll(() => isDone('ann'), { timeout: 1_000 }).toBe(true)
    expect(troubles).toEqual([])
    expect(settled.find(({ wake }) => wake.userId === 'eve')).toMatchObject({ kind: 'later', at: 6 * hours })
  })

  it('several users and accepts nothing is left alone for a moment, however long a pause it asks for', async () => {
    const { due, troubles, isDone } = start(new Set(['eve', 'mallory']))
    due.push([wakeOf('eve'), wakeOf('mallory')], [wakeOf('ann')])
    await expect.poll(() => troubles).toEqual(['message_rate_exceeded'])
    await sleep(100)
    expect(isDone('ann')).toBe(false)
    await expect.poll(() => isDone('ann'), { timeout: 5_000 }).toBe(true)
  })
})
