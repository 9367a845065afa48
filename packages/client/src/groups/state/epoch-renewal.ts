import type { MlsEngine } from '../../mls/mls-engine.ts'
import type { Clock } from '../../time/clock.ts'
import type { Group } from './group.ts'

/**
 * Readers follow a sender over 2,000 messages that they did not get, because these were deleted or have expired
 * while they were away. So a sender begins a new epoch before that, in which everybody counts from 0 again.
 */
const renewAfter = 1_000
const mostInEpoch = 1_900
/** When it failed. */
const againMs = 10_000
/** A sender, or a server, that damages one message after the other must not keep a group busy with epochs. */
const mostInAWhile = 3
const whileMs = 10 * 60_000

/** When a device should begin a new epoch although nobody joins or leaves. */
export interface Renewal {
  /** Nothing is sealed before it was tried. */
  isDue(group: Group): boolean
  /** It is being tried now. */
  tried(group: Group): void
  /** There is still a reason for it. */
  isNeeded(group: Group): boolean
  /** A message of this epoch could not be opened: later messages of its sender may be unreadable too. */
  broken(group: Group): void
  isBroken(group: Group): boolean
}

export const createRenewal = (engine: Pick<MlsEngine, 'sealed' | 'epochId'>, clock: Clock): Renewal => {
  const triedAt = new Map<string, number>()
  /** By conversation: the epoch that should end. */
  const unreadable = new Map<string, string>()
  const brokenAt = new Map<string, readonly number[]>()
  const sealedIn = ({ state }: Group): number => (state === undefined ? 0 : engine.sealed(state))

  const isBroken = ({ state, conversationId }: Group): boolean =>
    state !== undefined && unreadable.get(conversationId) === engine.epochId(state)

  return {
    isDue: (group) => {
      const count = sealedIn(group)
      if (count >= mostInEpoch) return true
      return count >= renewAfter && (triedAt.get(group.conversationId) ?? 0) + againMs <= clock.now()
    },
    tried: ({ conversationId }) => void triedAt.set(conversationId, clock.now()),
    isNeeded: (group) => {
      return sealedIn(group) >= renewAfter || isBroken(group)
    },
    isBroken,
    broken: (group) => {
      const { state, conversationId: id } = group
      const recent = (brokenAt.get(id) ?? []).filter((time) => time + whileMs > clock.now())
      if (state === undefined || isBroken(group) || recent.length >= mostInAWhile) return
      brokenAt.set(id, [...recent, clock.now()])
      unreadable.set(id, engine.epochId(state))
    },
  }
}
