import { type CommandState, stateAfter } from '../../commands/pending-commands.ts'
import type { BackscrollError } from '../../errors/backscroll-error.ts'
import type { Outbox } from '../../outbox/outbox.ts'
import { backoffMs } from '../../time/backoff.ts'
import type { Clock } from '../../time/clock.ts'

export interface SendBackoffDeps {
  readonly clock: Clock
  readonly random: () => number
  readonly outbox: Pick<Outbox, 'wake'>
  /** What holds a conversation's commands back has changed. */
  readonly onObstacle: (conversationId: string) => void
}

/** Conversations from which nothing goes out for a while, longer each time. */
export interface SendBackoff {
  /** `error`: absent when only somebody else can change what holds this device back. */
  hold(conversationId: string, error?: BackscrollError): void
  /** Why it is held back now; undefined when it is not. */
  reason(conversationId: string): CommandState | undefined
  /** It may go on, and the next wait is short again. */
  release(conversationId: string): void
}

interface Held {
  /** Not looked at again before this time, in milliseconds since the Unix epoch. */
  readonly until: number
  readonly tries: number
  readonly state: CommandState
}

export const createSendBackoff = ({ clock, random, outbox, onObstacle }: SendBackoffDeps): SendBackoff => {
  const held = new Map<string, Held>()
  return {
    hold: (id, error) => {
      const tries = (held.get(id)?.tries ?? 0) + 1
      const waitMs = backoffMs(tries, random(), error?.retryAfterMs ?? 0)
      const until = clock.now() + waitMs
      const state: CommandState = error === undefined ? { name: 'waiting_for_member' } : stateAfter(error.code, until)
      held.set(id, { until, tries, state })
      onObstacle(id)
      clock.after(waitMs, () => outbox.wake())
    },
    reason: (id) => {
      const found = held.get(id)
      return found !== undefined && found.until > clock.now() ? found.state : undefined
    },
    release: (id) => void held.delete(id),
  }
}
