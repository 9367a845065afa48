import { setTimeout as sleep } from 'node:timers/promises'
import type { Delta } from '../../ports/deltas.ts'
import type { OwedMessage, PushRecords } from '../../ports/identity/push-records.ts'
import { createMessageTray, type IncomingMessage } from './owed-messages.ts'
import type { Unacknowledged } from './unacknowledged.ts'

export interface PushSenderDeps {
  readonly store: Pick<PushRecords, 'owePushes' | 'reachablePushes'>
  readonly unacknowledged: Unacknowledged
  /** Whom a user has blocked. */
  readonly blockedBy: (userId: string) => Promise<ReadonlySet<string> | ReadonlyMap<string, unknown>>
  /** The users among them who have a connection. */
  readonly liveAmong: (userIds: readonly string[]) => Promise<ReadonlySet<string>>
  /** How long a device has to confirm a message, or to come back, in milliseconds. */
  readonly graceMs: number
  /** After this a connection over which nothing comes back has been found dead. */
  readonly deadAfterMs: number
  /** The operator's own service wakes users who have no target. */
  readonly byWebhook: boolean
  /** Milliseconds since the Unix epoch. */
  readonly now: () => number
  readonly onError: (error: unknown) => void
  /** Something is due, by this process's doing. */
  readonly onOwed?: () => void
  /** Cuts every wait short. */
  readonly ended: AbortSignal
}

/** The pause while nobody can say who has to be woken. */
const lookAgainMs = 1_000

/**
 * Owes a wake-up to each user whom messages concern, and none of whose devices has confirmed them within the grace time.
 * What comes meanwhile waits and goes together; when this is behind by more than the grace time nothing waits. Rejects
 * when it is stopped before: then the same deltas come again, which changes nothing.
 */
export const createPushSender = (deps: PushSenderDeps) => {
  const { store, unacknowledged, blockedBy, liveAmong, graceMs, deadAfterMs, byWebhook, now, onError, ended } = deps

  const fromUnblocked = async (messages: readonly IncomingMessage[]): Promise<readonly IncomingMessage[]> => {
    const left: IncomingMessage[] = []
    for (const [userId, some] of Map.groupBy(messages, (one) => one.userId)) {
      const blocked = await blockedBy(userId)
      left.push(...some.filter(({ senderId }) => !blocked.has(senderId)))
    }
    return left
  }

  const concerned = async (messages: readonly IncomingMessage[]): Promise<readonly IncomingMessage[]> => {
    const users = new Set(messages.map(({ userId }) => userId))
    const reachable = byWebhook ? users : await store.reachablePushes([...users])
    const left = await unacknowledged(messages.filter(({ userId }) => reachable.has(userId)))
    return fromUnblocked(left)
  }

  const plain = ({ senderId: _, ...message }: IncomingMessage): OwedMessage => message

  /** A user whose connection looks alive is looked at again when a dead one would have been found. */
  const owe = async (messages: readonly IncomingMessage[]): Promise<void> => {
    const left = await concerned(messages)
    if (left.length === 0) return
    const live = await liveAmong([...new Set(left.map(({ userId }) => userId))])
    const [away, present] = [
      left.filter(({ userId }) => !live.has(userId)),
      left.filter(({ userId }) => live.has(userId)),
    ]
    if (present.length > 0) await store.owePushes(present.map(plain), now() + deadAfterMs, byWebhook)
    if (away.length === 0) return
    await store.owePushes(away.map(plain), now(), byWebhook)
    deps.onOwed?.()
  }

  const untilOwed = async (messages: readonly IncomingMessage[]): Promise<void> => {
    for (;;) {
      ended.throwIfAborted()
      try {
        return await owe(messages)
      } catch (error) {
        onError(error)
        await sleep(lookAgainMs, undefined, { signal: ended })
      }
    }
  }

  const afterGrace = async (messages: readonly IncomingMessage[]): Promise<void> => {
    if (messages.length === 0) return
    const newest = messages.reduce((latest, { at }) => Math.max(latest, at), 0)
    const rest = Math.min(graceMs, newest + graceMs - now())
    if (rest > 0) await sleep(rest, undefined, { signal: ended })
    await untilOwed(messages)
  }

  return {
    send: async (_upTo: unknown, deltas: readonly Delta[]): Promise<void> => {
      const tray = createMessageTray()
      tray.add(deltas)
      await afterGrace(tray.take())
    },
    owe: afterGrace,
  }
}
