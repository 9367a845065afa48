import { ProtocolError } from '@backscroll/protocol/errors'
import type { ConversationState } from '../domain/conversation/conversation-state.ts'
import type { Actor } from '../domain/ids.ts'

export interface AdmitActorDeps {
  /** The state as this process has it in memory; undefined when it would have to be loaded. */
  readonly known: (conversationId: string) => ConversationState | undefined
  /** Is the user in the conversation, or was so, as the views tell it? */
  readonly wasEverMember: (conversationId: string, userId: string) => Promise<boolean>
}

/**
 * Lets nobody load a conversation that is others': that would cost what it is long, and tell from the time it takes
 * that it is there. Who was never in it gets the `not_found` of one that does not exist, after the same reads [R4].
 * Where the views do not answer, the stream decides.
 */
export const createAdmitActor = ({ known, wasEverMember }: AdmitActorDeps) => {
  /** Asked once for all who wait, so that they go on in the order in which they came. */
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
