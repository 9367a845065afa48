import { ProtocolError } from '@backscroll/protocol/errors'
import { expect, test } from 'vitest'
import { createAdmission } from '../../../../src/edge/overload/admission-control.ts'
import { createDeliveryLag } from '../../../../src/edge/overload/delivery-lag.ts'

interface Accepted {
  readonly position: bigint
  readonly userId: string
  readonly at: number
}

/** A process whose live path tells `perSecond` events a second, `latencyMs` after they were accepted at the earliest. */
const openProcess = (perSecond: number, latencyMs = 300) => {
  let now = 0
  let passed = 0n
  let last = 0n
  let credit = 0
  const waiting: Accepted[] = []
  const delays: number[] = []
  const taken = new Map<string, number>()
  const refusals: string[] = []
  const loop = { late: false }
  const path = createDeliveryLag({ hasPassed: (position) => position <= passed, limitMs: 1_000, now: () => now })
  const admission = createAdmission({
    paths: [path],
    pathOf: () => 0,
    loop: { isLate: () => loop.late },
    now: () => now,
    random: () => 0.5,
    onRefused: (reason) => refusals.push(reason),
  })
  const offer = (userId: string): unknown => {
    try {
      const done = admission.enter(userId)
      last += 1n
      waiting.push({ position: last, userId, at: now })
      taken.set(userId, (taken.get(userId) ?? 0) + 1)
      done(last)
      return undefined
    } catch (error) {
      return error
    }
  }
  const step = (): void => {
    now += 1
    credit = Math.min(credit + perSecond / 1_000, 1 + perSecond / 50)
    for (
      let first = waiting[0];
      credit >= 1 && first !== undefined && now - first.at >= latencyMs;
      first = waiting[0]
    ) {
      credit -= 1
      passed = first.position
      delays.push(now - first.at)
      waiting.shift()
    }
  }
  /** `offers` a second by each user. */
  const run = (seconds: number, offers: Readonly<Record<string, number>>): void => {
    const due = new Map<string, number>()
    for (let ms = 0; ms < seconds * 1_000; ms += 1) {
      for (const [userId, rate] of Object.entries(offers)) {
        due.set(userId, (due.get(userId) ?? 0) + rate / 1_000)
        for (; (due.get(userId) ?? 0) >= 1; due.set(userId, (due.get(userId) ?? 0) - 1)) offer(userId)
      }
      step()
    }
  }
  return { offer, run, step, admission, loop, refusals, delays, taken, waiting }
}

test('P7: a live path that is offered five times what it can stays within a bound of time, and is used', () => {
  const process = openProcess(800)
  process.run(10, { ann: 4_000 })
  expect(Math.max(...process.delays)).toBeLessThan(3_500)
  process.delays.length = 0
  process.run(30, { ann: 4_000 })
  expect(Math.max(...process.delays)).toBeLessThan(1_500)
  expect(process.delays.length / 30).toBeGreaterThan(600)
  expect(new Set(process.refusals)).toEqual(new Set(['live_path']))
})

test('a live path that can do what is offered is offered all of it', () => {
  const process = openProcess(3_000)
  process.run(10, { ann: 2_000, bob: 500 })
  expect([process.refusals, process.taken.get('ann')]).toEqual([[], 20_000])
})

test('P7: who floods an overloaded process takes nothing from who writes now and then', () => {
  const process = openProcess(800)
  process.run(10, { ann: 4_000 })
  process.taken.clear()
  process.run(20, { ann: 4_000, bob: 10, cid: 2 })
  expect(process.delays.length / 30).toBeGreaterThan(600)
  expect(process.taken.get('bob')).toBeGreaterThan(190)
  expect(process.taken.get('cid')).toBeGreaterThan(36)
})

test('a refusal is temporary and says when to come back, later when more waits; the process is not ready while that lasts', () => {
  const process = openProcess(100, 0)
  process.run(1, { ann: 50 })
  process.run(2, { ann: 3_000 })
  const refused = process.offer('ann')
  expect(refused).toBeInstanceOf(ProtocolError)
  expect(refused).toMatchObject({ code: 'overloaded' })
  expect(refused instanceof ProtocolError && refused.retryAfterMs).toBeGreaterThan(1_000)
  expect(process.admission.trouble()).toBeUndefined()
  process.run(3, { ann: 3_000 })
  expect(process.admission.trouble()).toContain('is not delivered in time')
  process.run(30, {})
  expect([process.admission.trouble(), process.admission.ageMs(), process.offer('ann')]).toEqual([
    undefined,
    0,
    undefined,
  ])
})

test('an event loop that is late with everything refuses as well', () => {
  const process = openProcess(1_000)
  process.loop.late = true
  expect(process.offer('ann')).toMatchObject({ code: 'overloaded' })
  expect(() => process.admission.check('ann')).toThrow('is overloaded')
  expect(process.refusals).toEqual(['event_loop', 'event_loop'])
})
