import { setTimeout as sleep } from 'node:timers/promises'
import type { Delta } from '../../ports/deltas.ts'
import type { OwedMessage, PushRecords } from '../../ports/identity/push-records.ts'
import { createMessageTray, type IncomingMessage } from './owed-messages.ts'
import type { Unacknowledged } from './unacknowledged.ts'

export interface PushSenderDeps {
  readonly store: Pick<PushRecords, 'owePushes' | 'reachablePushes'>
  readonly unacknowledged: Unacknowledged
  /** The users whom a user has blocked. */
  readonly blockedBy: (userId: string) => Promise<ReadonlySet<string> | ReadonlyMap<string, unknown>>
  /** Returns those of the users who have a connection. */
  readonly liveAmong: (userIds: readonly string[]) => Promise<ReadonlySet<string>>
  /** How long a device has to confirm a message or to reconnect, in milliseconds. */
  readonly graceMs: number
  /** Within this time a dead connection has been found, in milliseconds. */
  readonly deadAfterMs: number
  /** Whether the operator's own service wakes users without a target. */
  readonly byWebhook: boolean
  /** Milliseconds since the Unix epoch. */
  readonly now: () => number
  readonly onError: (error: unknown) => void
  /** This process has made something due. */
  readonly onOwed?: () => void
  /** Aborts every wait. */
  readonly ended: AbortSignal
}

/** The pause after a failure to find out who has to be woken. */
const lookAgainMs = 1_000

/**
 * Records a wake-up for each user who gets messages that none of the user's devices has confirmed within the grace
 * time. Messages that arrive during that time are handled together. There is no wait if the sender is behind by
 * more than the grace time. Rejects when it is stopped before the end. The same deltas are then delivered again,
 * and repeating them changes nothing.
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

  /** A user who seems to be connected is checked again at the time by which a dead connection is found. */
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
