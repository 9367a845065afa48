import type { Standing } from '../../ports/identity/account-records.ts'
import type { DueWake, OwedMessage, PushRecords } from '../../ports/identity/push-records.ts'
import { quietUntil } from './quiet-hours.ts'
import type { Unacknowledged } from './unacknowledged.ts'

export interface WakeJudgeDeps {
  readonly store: Pick<PushRecords, 'waitingPushes' | 'quietHoursOf'> & {
    standings(userIds: readonly string[]): Promise<ReadonlyMap<string, Standing>>
  }
  readonly unacknowledged: Unacknowledged
  /** Returns the messages of conversations that the user has not muted. */
  readonly unmuted: (messages: readonly OwedMessage[]) => Promise<readonly OwedMessage[]>
  readonly liveAmong: (userIds: readonly string[]) => Promise<ReadonlySet<string>>
  readonly graceMs: number
  readonly deadAfterMs: number
  readonly now: () => number
}

/** `later`: judge again at that time. */
export type Verdict =
  | { readonly kind: 'wake' }
  | { readonly kind: 'cancel' }
  | { readonly kind: 'later'; readonly at: number }

const cancel: Verdict = { kind: 'cancel' }

const isGone = (standing: Standing | undefined, deviceId: string): boolean => {
  if (standing?.account?.status !== 'active') return true
  if (deviceId === '') return false
  return !standing.devices.some((device) => device.deviceId === deviceId && device.revokedAt === null)
}

const byUser = (messages: readonly OwedMessage[]) => Map.groupBy(messages, ({ userId }) => userId)

const newestAt = (messages: readonly OwedMessage[]): number => messages.reduce((at, one) => Math.max(at, one.at), 0)

/**
 * Decides whether devices still have to be woken, because time may have passed since they became due. If no reason
 * is stored, the device is woken: one wake-up too many is better than none.
 */
export const createWakeJudge = (deps: WakeJudgeDeps) => {
  const { store, unacknowledged, unmuted, liveAmong, graceMs, deadAfterMs, now } = deps

  return async (wakes: readonly DueWake[]): Promise<(wake: DueWake) => Verdict> => {
    const userIds = [...new Set(wakes.map(({ userId }) => userId))]
    const standings = await store.standings(userIds)
    const waiting = await store.waitingPushes(userIds)
    const left = byUser(await unmuted(await unacknowledged(waiting)))
    const before = byUser(waiting)
    const live = await liveAmong(userIds)
    const quiet = await store.quietHoursOf(userIds)

    return ({ userId, deviceId }) => {
      const messages = left.get(userId) ?? []
      if (isGone(standings.get(userId), deviceId)) return cancel
      if (messages.length === 0 && before.has(userId)) return cancel
      const sureAt = newestAt(messages) + graceMs + deadAfterMs
      if (live.has(userId)) return sureAt > now() ? { kind: 'later', at: sureAt } : cancel
      const hours = quiet.get(userId)
      const until = hours === undefined ? undefined : quietUntil(hours, now())
      return until === undefined ? { kind: 'wake' } : { kind: 'later', at: until }
    }
  }
}

export type WakeJudge = ReturnType<typeof createWakeJudge>
