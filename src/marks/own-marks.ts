import type { UserCommands } from '../commands/create-user-commands.ts'
import type { Actor } from '../domain/ids.ts'
import type { MarkCommand } from '../domain/user/user-commands.ts'
import type { MarkChange } from '../domain/user/user-events.ts'
import type { Limits } from '../identity/accounts/rate-limiter.ts'
import { perHour } from '../identity/accounts/rate-limiter.ts'

/** How a user has marked conversations. Only the user's own devices are told. */
export interface OwnMarks {
  /** Changes the marks that `change` names. The last change that the server accepts counts. Rejects with `mark_limit`. */
  mark(actor: Actor, conversationId: string, change: MarkChange): Promise<void>
  /** Does nothing if the message is starred already. Rejects with `mark_limit`. */
  star(actor: Actor, message: MessageId & { readonly seq: number }): Promise<void>
  unstar(actor: Actor, message: MessageId): Promise<void>
}

interface MessageId {
  readonly conversationId: string
  readonly messageId: string
}

export interface MarkSettings {
  /** How many conversations one user may pin. */
  readonly maxPins: number
  /** How many messages one user may star. */
  readonly maxStars: number
  /** How often one user may change marks. Each change is an event that all of the user's devices get. */
  readonly changesPerHour: number
}

export interface OwnMarksDeps {
  readonly users: Pick<UserCommands, 'tell'>
  /** Hold for all processes. */
  readonly limits: Limits
  readonly settings: MarkSettings
  readonly newId: () => string
  readonly now: () => number
}

export const createOwnMarks = ({ users, limits, settings, newId, now }: OwnMarksDeps): OwnMarks => {
  const { maxPins, maxStars, changesPerHour } = settings

  const tell = async (actor: Actor, command: MarkCommand): Promise<void> => {
    await limits.take(perHour(`marks of ${actor.userId}`, changesPerHour))
    await users.tell(actor.userId, { id: newId(), command })
  }

  return {
    mark: (actor, conversationId, change) =>
      tell(actor, { type: 'MarkConversation', actor, at: now(), conversationId, change, maxPins }),
    star: (actor, message) => tell(actor, { type: 'StarMessage', actor, at: now(), ...message, maxStars }),
    unstar: (actor, message) => tell(actor, { type: 'UnstarMessage', actor, at: now(), ...message }),
  }
}
