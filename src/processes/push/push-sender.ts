import { setTimeout as sleep } from 'node:timers/promises'
import type { Delta } from '../../ports/deltas.ts'
import type { PushNotice } from '../../ports/push.ts'
import type { SessionRegistry } from '../../ports/session-registry.ts'
import type { LiveSender } from '../live/live-sender.ts'
import { createDeliverPush, type DeliverPushDeps } from './deliver-push.ts'

export interface PushSenderDeps extends DeliverPushDeps {
  readonly registry: Pick<SessionRegistry, 'gatewaysOf'>
  /** How long a device that has just lost its connection has to come back, in milliseconds. */
  readonly graceMs: number
  /** Milliseconds since the Unix epoch. */
  readonly now: () => number
}

/** The pause while nobody knows who is away. */
const lookAgainMs = 1_000

const noticesOf = (deltas: readonly Delta[]): readonly PushNotice[] => {
  const notices = new Map<string, PushNotice>()
  for (const { conversationId, audience, events } of deltas) {
    const sent = events.filter(({ type }) => type === 'MessageSent')
    for (const userId of audience) {
      const messages = sent.filter((event) => event.userId !== userId).length
      const key = `${conversationId}/${userId}`
      if (messages > 0)
        notices.set(key, { userId, conversationId, messages: messages + (notices.get(key)?.messages ?? 0) })
    }
  }
  return [...notices.values()]
}

/**
 * Sends a notice to each user who is concerned by a message and has no session after the grace time. Messages that
 * arrive meanwhile are collected, so a burst is one notice. When the sender is behind by more than the grace time,
 * it does not wait. Rejects when it is stopped first; the slice is then delivered again.
 */
export const createPushSender = (deps: PushSenderDeps): Pick<LiveSender, 'send'> => {
  const { registry, graceMs, now, onError, ended } = deps
  const deliverPush = createDeliverPush(deps)

  /** Waits for the registry as everything live does: without it nobody knows whom to wake. */
  const whoIsAway = async (notices: readonly PushNotice[]): Promise<readonly PushNotice[]> => {
    for (;;) {
      ended.throwIfAborted()
      try {
        const found = await registry.gatewaysOf([...new Set(notices.map(({ userId }) => userId))])
        return notices.filter(({ userId }) => !found.has(userId))
      } catch (error) {
        onError(error)
        await sleep(lookAgainMs, undefined, { signal: ended })
      }
    }
  }

  return {
    send: async (_upTo, deltas) => {
      const notices = noticesOf(deltas)
      if (notices.length === 0) return
      const newest = deltas.reduce((latest, { events }) => Math.max(latest, events.at(-1)?.at ?? 0), 0)
      const rest = Math.min(graceMs, newest + graceMs - now())
      if (rest > 0) await sleep(rest, undefined, { signal: ended })
      const away = await whoIsAway(notices)
      if (away.length > 0) await deliverPush(away)
    },
  }
}
