import type { AccountStore } from '../../../src/ports/identity/account-store.ts'
import type { OwedMessage } from '../../../src/ports/identity/push-records.ts'
import type { Wake, WakeOutcome } from '../../../src/ports/push.ts'
import { createPushSender } from '../../../src/processes/push/push-sender.ts'
import { createWakeDevices } from '../../../src/processes/push/wake-devices.ts'
import { createWakeJudge, type WakeJudge } from '../../../src/processes/push/wake-judge.ts'
import { localAccount } from '../../contract/account-store/account-store.suite.ts'

export const quietMs = 30_000
export const deadAfterMs = 75_000

/** What the service does with a wake-up, and what it answers. `dies`: the process ends before anything is settled. */
export type Fate =
  | 'sent'
  | 'refused'
  | 'unsure, taken'
  | 'unsure, not taken'
  | 'gone'
  | 'dies, taken'
  | 'dies, not taken'

/**
 * Two users who are woken and one who writes, with the real store and rules. The test sets the clock and the
 * service's answers.
 */
export const openPushWorld = async (store: AccountStore, name: string) => {
  let now = 1_767_225_600_000
  let fate: Fate = 'sent'
  let seq = 0
  const begun = now
  const [ann, bob] = [`${name}-ann`, `${name}-bob`]
  const users = [ann, bob]
  const acknowledged = new Map<string, number>()
  const live = new Set<string>()
  const blocked = new Map<string, Set<string>>()
  const sentAt: { readonly userId: string; readonly token: string; readonly at: number }[] = []

  const register = (userId: string, deviceId: string) =>
    store.registerPush({
      ...{ userId, deviceId, kind: 'fcm', target: `${userId}/${deviceId}`, hash: `${userId}/${deviceId}`, at: now },
    })
  for (const userId of users) {
    await store.create(localAccount(userId))
    for (const deviceId of ['phone', 'laptop']) {
      await store.provision([{ userId, deviceId, at: now }])
      await register(userId, deviceId)
    }
  }

  const unacknowledged = async <Message extends OwedMessage>(messages: readonly Message[]) =>
    messages.filter((one) => one.seq > (acknowledged.get(one.userId) ?? 0))
  const liveAmong = async (userIds: readonly string[]) => new Set(userIds.filter((userId) => live.has(userId)))
  const shared = { store, unacknowledged, liveAmong, graceMs: 0, deadAfterMs, now: () => now }

  class Death extends Error {}
  const outcomeOf = (wake: Wake): WakeOutcome => {
    const isTaken = fate === 'sent' || fate === 'unsure, taken' || fate === 'dies, taken'
    const token = wake.target.kind === 'fcm' ? wake.target.token : ''
    if (isTaken) sentAt.push({ userId: wake.userId, token, at: now })
    if (fate.startsWith('dies')) throw new Death()
    if (fate.startsWith('unsure')) return { kind: 'unsure', code: 'no_answer' }
    return fate === 'sent' ? { kind: 'sent' } : { kind: fate === 'gone' ? 'gone' : 'refused', code: fate }
  }
  const service = {
    kind: 'fcm' as const,
    wake: async (wakes: readonly Wake[]) => wakes.map(outcomeOf),
    close: async () => {},
  }

  /** A connection of at least this age has delivered what waited. */
  const noting =
    (judge: WakeJudge): WakeJudge =>
    async (wakes) => {
      const verdictOf = await judge(wakes)
      return (wake) => {
        const verdict = verdictOf(wake)
        if (verdict.kind === 'cancel' && live.has(wake.userId)) acknowledged.set(wake.userId, seq)
        return verdict
      }
    }

  /** The processes share only the store. */
  const wakeDevices = () =>
    createWakeDevices({
      ...shared,
      service,
      judge: noting(createWakeJudge({ ...shared, unmuted: async (messages) => messages })),
      openTarget: async ({ target }) => ({ kind: 'fcm', token: target }),
      quietMs,
      random: () => 0.5,
      watch: { onSettled: () => {}, onFailed: () => {}, onTrouble: () => {} },
      batch: 3,
    })
  const ended = new AbortController().signal
  const sender = createPushSender({
    ...{ ...shared, byWebhook: false, onError: () => {}, ended },
    blockedBy: async (userId) => blocked.get(userId) ?? new Set(),
  })

  const round = async (): Promise<number> => {
    try {
      return (await wakeDevices()()).due
    } catch (error) {
      if (error instanceof Death) return 0
      throw error
    }
  }

  return {
    users,
    store,
    sentAt,
    begun,
    now: () => now,
    pass: (ms: number) => {
      now += ms
    },
    fate: (next: Fate) => {
      fate = next
    },
    /** `again`: the bus delivers it more than once. */
    write: async (userId: string, senderId = `${name}-eve`, again = 1): Promise<void> => {
      seq += 1
      const message = { userId, conversationId: `${name}-c`, senderId, seq, at: now }
      for (let n = 0; n < again; n += 1) await sender.owe([message])
    },
    acknowledge: (userId: string) => void acknowledged.set(userId, seq),
    newestUnacknowledged: (userId: string, written: readonly { userId: string; seq: number }[]) =>
      written.filter((one) => one.userId === userId && one.seq > (acknowledged.get(userId) ?? 0)).at(-1),
    seq: () => seq,
    connect: (userId: string) => void live.add(userId),
    disconnect: (userId: string) => void live.delete(userId),
    block: (userId: string, senderId: string) => void blocked.set(userId, new Set([senderId])),
    register,
    round,
    /** Runs until nothing more is due, for at most this long. */
    settle: async (ms: number, step = 5_000): Promise<void> => {
      for (const until = now + ms; now <= until; now += step) while ((await round()) > 0);
    },
  }
}

export type PushWorld = Awaited<ReturnType<typeof openPushWorld>>
