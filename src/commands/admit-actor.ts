import { ProtocolError } from '@backscroll/protocol/errors'
import type { ConversationState } from '../domain/conversation/conversation-state.ts'
import type { Actor } from '../domain/ids.ts'

export interface AdmitActorDeps {
  /** The state as this process has it in memory; undefined when it would have to be loaded. */
  readonly known: (conversationId: string) => ConversationState | undefined
  /** Is or was the user a member of the conversation, according to the views? */
  readonly wasEverMember: (conversationId: string, userId: string) => Promise<boolean>
}

/**
 * Prevents that a user makes the server load somebody else's conversation: the cost would depend on its length, and
 * the time would reveal that it exists. A user who was never a member gets the `not_found` of a conversation that
 * does not exist, after the same reads [R4]. Where the views do not answer, the stream decides.
 */
export const createAdmitActor = ({ known, wasEverMember }: AdmitActorDeps) => {
  /** Asked once for all waiting commands, so that they go on in the order in which they came. */
  const asking = new Map<string, Promise<boolean>>()

  const ask = (conversationId: string, userId: string, key: string): Promise<boolean> => {
    const answer = wasEverMember(conversationId, userId)
      .catch(() => true)
      .finally(() => asking.delete(key))
    asking.set(key, answer)
    return answer
  }

  return async (conversationId: string, { userId }: Pick<Actor, 'userId'>): Promise<void> => {
    const key = `${conversationId}/${userId}`
    const asked = asking.get(key)
    if (asked === undefined && known(conversationId)?.members.has(userId) === true) return
    if (!(await (asked ?? ask(conversationId, userId, key)))) throw new ProtocolError('not_found')
  }
}
