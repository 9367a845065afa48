import { decodeConversationEvent } from '../../codec/conversation-codec.ts'
import type { TargetFacts } from '../../domain/conversation/conversation-commands.ts'
import type { MessageId } from '../../domain/ids.ts'
import type { StreamReader } from '../../event-log/event-logs.ts'
import type { RecordedEvent } from '../../ports/event-log.ts'

interface Reference {
  readonly messageId: MessageId
  readonly revision: number
}

/** Whether one of these revisions was deleted by an event that the state no longer remembers. */
export type WasDeleted = (revisions: readonly number[]) => Promise<boolean>

const factsOf = (recorded: RecordedEvent, { messageId, revision }: Reference): TargetFacts | undefined => {
  const event = decodeConversationEvent(recorded)
  if (event.type !== 'MessageSent' && event.type !== 'MessageReacted') return undefined
  if (event.data.messageId !== messageId) return undefined
  const facts = { messageId, revision, sender: event.actor.userId, deleted: recorded.body === null }
  return event.type === 'MessageSent'
    ? { ...facts, kind: 'message', seq: event.data.seq }
    : { ...facts, kind: 'reaction', seq: event.data.target.seq, of: event.data.target.revision }
}

/**
 * The one older event that an edit, deletion, reaction or reply refers to. A blanked body means that it was
 * deleted, where the log blanks in the step that stores the deletion. Where the log cannot (`keepsBodies`), the
 * state says so, and `wasDeleted` answers for what the state has forgotten.
 */
export const targetFacts = async (
  log: StreamReader,
  stream: string,
  reference: Reference,
  wasDeleted?: WasDeleted,
): Promise<TargetFacts | undefined> => {
  const [recorded] = await log.readStream({ stream, from: reference.revision, limit: 1 })
  if (recorded === undefined || recorded.revision !== reference.revision) return undefined
  const facts = factsOf(recorded, reference)
  if (facts === undefined || facts.deleted || wasDeleted === undefined) return facts
  const deleted = await wasDeleted(facts.of === undefined ? [facts.revision] : [facts.revision, facts.of])
  return { ...facts, deleted }
}
