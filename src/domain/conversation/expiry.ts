import { deviceId } from '../ids.ts'
import type { ExpireMessages } from './conversation-commands.ts'
import type { MessagesExpired } from './conversation-events.ts'
import type { ConversationState } from './conversation-state.ts'

/**
 * How many revisions expire at once, at most: their bodies are blanked in one step, and other conversations wait
 * for it.
 */
export const expiredAtOnce = 2000

/** No device of a client can have this id. */
const expiryDevice = deviceId('~expiry')

const [shortestMs, longestMs] = [5_000, 3_600_000]

/**
 * Milliseconds between two expiries of a conversation. Messages past their retention wait that long at most, so a
 * busy conversation has few of these events.
 */
export const expiryPace = (retentionSeconds: number): number =>
  Math.min(longestMs, Math.max(shortestMs, retentionSeconds * 50))

/** Server times strictly below this one are past the retention; -Infinity when none is. */
export const expiredBefore = (retentionSeconds: number | null, now: number): number =>
  retentionSeconds === null ? Number.NEGATIVE_INFINITY : now - retentionSeconds * 1000

/**
 * No event when nothing is left to expire, or when something in the range has not reached its time: the same
 * request may be repeated any number of times.
 */
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
