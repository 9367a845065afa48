import { createHash } from 'node:crypto'
import type { DueWake, PushRecords, WakeSettlement } from '../../ports/identity/push-records.ts'
import type { PushService, PushTarget, WakeOutcome } from '../../ports/push.ts'
import { retryDelay } from './retry-delay.ts'
import type { Verdict, WakeJudge } from './wake-judge.ts'

/** Receives the outcomes of wake-ups, for metrics and logs. */
export interface WakeWatch {
  /** `cancelled`: no longer needed. `given_up`: failed too often. */
  readonly onSettled: (kind: PushService['kind'], what: WakeOutcome['kind'] | 'cancelled' | 'given_up') => void
  readonly onFailed: (kind: PushService['kind'], code: string) => void
  /** The service refuses everything. Reported once until it accepts something again. */
  readonly onTrouble: (kind: PushService['kind'], code: string) => void
}

export interface WakeDevicesDeps {
  readonly store: Pick<PushRecords, 'claimPushes' | 'beginPushes' | 'settlePushes'>
  readonly service: PushService
  readonly judge: WakeJudge
  /** Undefined if the target cannot be read. */
  readonly openTarget: (wake: DueWake) => Promise<PushTarget | undefined>
  /** No device is woken twice within this time, in milliseconds. */
  readonly quietMs: number
  readonly now: () => number
  /** In [0, 1). */
  readonly random: () => number
  readonly watch: WakeWatch
  /** Devices in one batch. */
  readonly batch?: number
}

/** What the service said about one device of a user. */
export interface WakeAnswer {
  readonly userId: string
  readonly outcome: WakeOutcome
}

const usualBatch = 128
/** Longer than a service may take to answer. After this time another process takes over what this one has claimed. */
const holdMs = 60_000
/** With the growing pauses this takes several hours. */
const mostTries = 20

interface Attempt {
  readonly wake: DueWake
  readonly target: PushTarget
}

const idOf = ({ userId, deviceId, owed }: DueWake): string =>
  createHash('sha256').update(`${userId}/${deviceId}/${owed}`).digest('base64url')

/** Wakes the devices that are due through one service, one batch at a time. */
export const createWakeDevices = (deps: WakeDevicesDeps) => {
  const { store, service, judge, openTarget, quietMs, now, random, watch, batch = usualBatch } = deps
  const { kind } = service

  const judged = async (wakes: readonly DueWake[]): Promise<readonly DueWake[]> => {
    const verdictOf = await judge(wakes)
    const due: DueWake[] = []
    const settled: WakeSettlement[] = []
    for (const wake of wakes) {
      const verdict: Verdict = verdictOf(wake)
      if (verdict.kind === 'wake') due.push(wake)
      if (verdict.kind === 'cancel') settled.push({ wake, kind: 'done' })
      if (verdict.kind === 'later') settled.push({ ...postponed(wake), at: verdict.at })
    }
    await store.settlePushes(settled)
    for (const one of settled) if (one.kind === 'done') watch.onSettled(kind, 'cancelled')
    return due
  }

  const postponed = (wake: DueWake) =>
    ({ wake, kind: 'later', at: 0, quietUntil: wake.quietUntil, tries: wake.tries }) as const

  const opened = async (wakes: readonly DueWake[]): Promise<readonly Attempt[]> => {
    const attempts: Attempt[] = []
    const unreadable: WakeSettlement[] = []
    for (const wake of wakes) {
      const target = await openTarget(wake)
      if (target === undefined) unreadable.push({ wake, kind: 'gone' })
      else attempts.push({ wake, target })
    }
    if (unreadable.length > 0) await store.settlePushes(unreadable)
    for (const _ of unreadable) fail('gone', 'unreadable')
    return attempts
  }

  const fail = (what: WakeOutcome['kind'], code: string): void => {
    watch.onSettled(kind, what)
    watch.onFailed(kind, code)
  }

  /** A wake-up with an unknown outcome may have reached the device, so the device stays quiet. */
  const settlementOf = (wake: DueWake, outcome: WakeOutcome): WakeSettlement => {
    if (outcome.kind === 'sent') return { wake, kind: 'done' }
    if (outcome.kind === 'gone') return { wake, kind: 'gone' }
    const tries = wake.tries + 1
    if (tries >= mostTries) return { wake, kind: 'done' }
    if (outcome.kind === 'unsure') return { wake, kind: 'later', at: wake.heldUntil, quietUntil: wake.heldUntil, tries }
    const at = now() + retryDelay(wake.tries, outcome.retryAfterMs, random)
    return { wake, kind: 'later', at, quietUntil: wake.quietUntil, tries }
  }

  const note = (outcome: WakeOutcome, settlement: WakeSettlement): void => {
    if (outcome.kind === 'sent') watch.onSettled(kind, 'sent')
    else fail(outcome.kind, outcome.code)
    if (outcome.kind !== 'sent' && settlement.kind === 'done') watch.onSettled(kind, 'given_up')
  }

  const send = async (wakes: readonly DueWake[]): Promise<readonly WakeAnswer[]> => {
    const attempts = await opened(wakes)
    const begun = await store.beginPushes(
      attempts.map(({ wake }) => wake),
      now() + quietMs,
      now() + holdMs,
    )
    const targets = new Map(attempts.map(({ wake, target }) => [wake.hash, target]))
    const asked = begun.flatMap((wake) => {
      const target = targets.get(wake.hash)
      return target === undefined ? [] : [{ wake, asked: { id: idOf(wake), userId: wake.userId, target } }]
    })
    if (asked.length === 0) return []
    const outcomes = await service.wake(asked.map((one) => one.asked))
    const answers = asked.map(({ wake }, index) => {
      const outcome: WakeOutcome = outcomes[index] ?? { kind: 'unsure', code: 'no_answer' }
      return { userId: wake.userId, outcome, settlement: settlementOf(wake, outcome) }
    })
    await store.settlePushes(answers.map(({ settlement }) => settlement))
    for (const { outcome, settlement } of answers) note(outcome, settlement)
    return answers
  }

  /** Returns how many were due, and what the service answered. */
  return async (): Promise<{ readonly due: number; readonly answers: readonly WakeAnswer[] }> => {
    const wakes = await store.claimPushes(kind, batch, now(), now() + holdMs)
    if (wakes.length === 0) return { due: 0, answers: [] }
    return { due: wakes.length, answers: await send(await judged(wakes)) }
  }
}
