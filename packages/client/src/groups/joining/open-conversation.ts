import type { OutboxEntry } from '../../commands/outbox-entry.ts'
import { BackscrollError } from '../../errors/backscroll-error.ts'
import type { EnqueueCommit, Step } from '../state/enqueue-commit.ts'
import type { Group } from '../state/group.ts'

export interface OpenConversationDeps {
  /** Is this user in the conversation, as far as events say? */
  readonly knows: (conversationId: string) => boolean
  readonly caughtUp: () => Promise<void>
  readonly insert: EnqueueCommit
  /** Accepts the conversation, if it is one that waits for this user's answer. */
  readonly agree: (conversationId: string) => Promise<void>
  /** Lets this device join a group of a conversation that it is in. */
  readonly joinInBackground: (group: Group) => Promise<Step>
}

const mostLooks = 5

/** Gets this device into the group that a command goes to: begins the conversation, or joins it. */
export const createOpenConversation = ({ knows, caughtUp, insert, agree, joinInBackground }: OpenConversationDeps) => {
  /** How often it looked for conversations that the server has and this device has not seen. */
  const existing = new Map<string, number>()

  /**
   * The other user began it. Events that let this user in are on their way, or this user was asked, and writing
   * is agreeing.
   */
  const awaitEntry = async (id: string): Promise<Step> => {
    await caughtUp()
    if (knows(id)) return 'again'
    await agree(id)
    const looks = (existing.get(id) ?? 0) + 1
    existing.set(id, looks)
    if (looks > mostLooks) throw new BackscrollError('not_found')
    return 'wait'
  }

  return {
    open: async (group: Group, { command, conversationId: id }: OutboxEntry): Promise<Step> => {
      if (knows(id)) return joinInBackground(group)
      const recipientId = command.kind === 'message' ? command.recipientId : undefined
      const isNew = recipientId !== undefined && (group.roster.size === 0 || group.standing === 'out')
      if (isNew && !existing.has(id)) return insert(id, { type: 'start', recipientId, members: [] })
      if (isNew) return awaitEntry(id)
      await caughtUp()
      if (!knows(id)) throw new BackscrollError('not_found')
      return 'again'
    },
    /** The server has this conversation already. */
    exists: (conversationId: string): void => {
      if (!existing.has(conversationId)) existing.set(conversationId, 0)
    },
  }
}

export type OpenConversation = ReturnType<typeof createOpenConversation>
