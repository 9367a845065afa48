import type { Clock } from '../clock.ts'
import type { MlsEngine } from '../e2ee/mls-engine.ts'
import type { Group } from './group.ts'

/**
 * Readers follow a sender by 2,000 messages that they did not get, of which they get nothing because they were deleted or have expired while they were away.
 * So a sender begins a new epoch before that, in which everybody counts from 0 again.
 */
const renewAfter = 1_000
const mostInEpoch = 1_900
/** When it came to nothing. */
const againMs = 10_000

/** When a device should begin a new epoch although nobody comes or goes. */
export interface Renewal {
  /** Nothing is sealed before it was tried. */
  isDue(group: Group): boolean
  /** It is tried now. */
  tried(group: Group): void
  /** There is a reason for it still. */
  isNeeded(group: Group): boolean
  /** Something of this epoch could not be opened: what follows from its sender may be unreadable too. */
  broken(group: Group): void
}

export const createRenewal = (engine: Pick<MlsEngine, 'sealed' | 'epochId'>, clock: Clock): Renewal => {
  const triedAt = new Map<string, number>()
  /** By conversation: the epoch that should end. */
  const unreadable = new Map<string, string>()
  const sealedIn = ({ state }: Group): number => (state === undefined ? 0 : engine.sealed(state))

  return {
    isDue: (group) => {
      const count = sealedIn(group)
      if (count >= mostInEpoch) return true
      return count >= renewAfter && (triedAt.get(group.conversationId) ?? 0) + againMs <= clock.now()
    },
    tried: ({ conversationId }) => void triedAt.set(conversationId, clock.now()),
    isNeeded: (group) => {
      const { state, conversationId } = group
      if (state === undefined) return false
      return sealedIn(group) >= renewAfter || unreadable.get(conversationId) === engine.epochId(state)
    },
    broken: ({ state, conversationId }) => {
      if (state !== undefined) unreadable.set(conversationId, engine.epochId(state))
    },
  }
}
