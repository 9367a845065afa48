import { deviceId } from '../ids.ts'
import type { ExpireMessages } from './conversation-commands.ts'
import type { MessagesExpired } from './conversation-events.ts'
import type { ConversationState } from './conversation-state.ts'

/**
 * The event types that expire. A commit is no message, nor is what devices tell each other: without it no device would
 * find its way to the present epoch.
 */
export const expiringTypes = ['MessageSent', 'MessageEdited', 'MessageReacted'] as const

/** So many revisions expire at once, at most: their bodies are blanked in one step, and other conversations wait for it. */
export const expiredAtOnce = 2000

/** No device of a client is called so. */
const expiryDevice = deviceId('~expiry')

const [shortestMs, longestMs] = [5_000, 3_600_000]

/**
 * Milliseconds between two expiries of a conversation: what is past its time waits so long at most, so that a busy one
 * has few events of these.
 */
export const expiryPace = (retentionSeconds: number): number =>
  Math.min(longestMs, Math.max(shortestMs, retentionSeconds * 50))

/** Server times strictly below it are past their time; -Infinity when nothing is. */
export const expiredBefore = (retentionSeconds: number | null, now: number): number =>
  retentionSeconds === null ? Number.NEGATIVE_INFINITY : now - retentionSeconds * 1000

/** No event where nothing is left to expire, or something up to there is not past its time: the same may be asked any number of times. */
export const expireMessages = (
  state: Pick<ConversationState, 'retentionSeconds' | 'retentionBy' | 'expiredUpTo' | 'revision'>,
  { at, from, upTo, newest, lastSeq, since }: ExpireMessages,
): readonly MessagesExpired[] => {
  const { retentionSeconds, retentionBy, expiredUpTo, revision } = state
  if (retentionBy === null || newest >= expiredBefore(retentionSeconds, at)) return []
  if (upTo <= expiredUpTo || upTo > revision || from > expiredUpTo + 1) return []
  const actor = { userId: retentionBy, deviceId: expiryDevice }
  return [{ type: 'MessagesExpired', at, actor, data: { from: expiredUpTo + 1, upTo, lastSeq, since } }]
}
