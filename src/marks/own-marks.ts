import type { UserCommands } from '../commands/create-user-commands.ts'
import type { Actor } from '../domain/ids.ts'
import type { MarkChange } from '../domain/user/user-events.ts'
import type { Limits } from '../identity/accounts/rate-limiter.ts'
import { perHour } from '../identity/accounts/rate-limiter.ts'

/** How a user has marked conversations. Only the user's own devices are told. */
export interface OwnMarks {
  /** Changes the marks that `change` names. The last change that the server accepts counts. Rejects with `mark_limit`. */
  mark(actor: Actor, conversationId: string, change: MarkChange): Promise<void>
}

export interface MarkSettings {
  /** How many conversations one user may pin. */
  readonly maxPins: number
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

export const createOwnMarks = ({ users, limits, settings, newId, now }: OwnMarksDeps): OwnMarks => ({
  mark: async (actor, conversationId, change) => {
    await limits.take(perHour(`marks of ${actor.userId}`, settings.changesPerHour))
    const { maxPins } = settings
    const command = { type: 'MarkConversation', actor, at: now(), conversationId, change, maxPins } as const
    await users.tell(actor.userId, { id: newId(), command })
  },
})
