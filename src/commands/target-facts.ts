import { decodeConversationEvent } from '../codec/conversation-codec.ts'
import type { TargetFacts } from '../domain/conversation/commands.ts'
import type { MessageId } from '../domain/ids.ts'
import type { StreamReader } from '../ports/event-logs.ts'

interface Reference {
  readonly messageId: MessageId
  readonly revision: number
}

/**
 * The one older event that an edit, deletion, reaction or reply refers to. A blanked body says that it was deleted: the
 * log blanks it in the same step that stores the deletion.
 */
export const targetFacts = async (
  log: StreamReader,
  stream: string,
  { messageId, revision }: Reference,
): Promise<TargetFacts | undefined> => {
  const [recorded] = await log.readStream({ stream, from: revision, limit: 1 })
  if (recorded === undefined || recorded.revision !== revision) return undefined
  const event = decodeConversationEvent(recorded)
  const deleted = recorded.body === null
  switch (event.type) {
    case 'MessageSent':
      if (event.data.messageId !== messageId) return undefined
      return { messageId, revision, seq: event.data.seq, sender: event.actor.userId, kind: 'message', deleted }
    case 'MessageReacted':
      if (event.data.messageId !== messageId) return undefined
      return { messageId, revision, seq: event.data.target.seq, sender: event.actor.userId, kind: 'reaction', deleted }
    default:
      return undefined
  }
}
