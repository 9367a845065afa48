import type { SendMessage, TargetFacts } from '../../domain/conversation/conversation-commands.ts'
import type { ConversationState } from '../../domain/conversation/conversation-state.ts'
import { deviceKey, mayHaveForgotten } from '../../domain/conversation/exactly-once.ts'

export interface PrepareMessageDeps {
  /** Does an older message of the stream's conversation have this id, as far as the views have come? */
  readonly isIdTaken: (stream: string, messageId: string) => Promise<boolean>
  readonly targetFacts: (
    stream: string,
    target: NonNullable<SendMessage['relatesTo']>,
    state: ConversationState,
  ) => Promise<TargetFacts | undefined>
  /** Returns whether all these files are complete and the user may read them. If so, none of them is swept soon. */
  readonly mayNameMedia: (userId: string, mediaIds: readonly string[]) => Promise<boolean>
}

/** A repeated command is recognised by its number, so its content is not checked again. */
const isNew = ({ devices }: ConversationState, { actor, clientSeq }: SendMessage): boolean =>
  clientSeq > (devices.byKey.get(deviceKey(actor))?.last ?? 0)

/** A command that the state remembers needs no view. */
const mayBeTaken = (state: ConversationState, command: SendMessage): boolean =>
  mayHaveForgotten(state.revision) && isNew(state, command)

const namesMedia = (state: ConversationState, command: SendMessage): boolean =>
  (command.mediaIds?.length ?? 0) > 0 && isNew(state, command)

/** What the decision about a message needs from outside the state; undefined when it needs nothing. */
export const createPrepareMessage = ({ isIdTaken, targetFacts, mayNameMedia }: PrepareMessageDeps) => {
  const related = async (stream: string, { relatesTo }: SendMessage, state: ConversationState) => {
    if (relatesTo === undefined) return {}
    const target = await targetFacts(stream, relatesTo, state)
    return { relatesTo: { ...relatesTo, ...(target && { target }) } }
  }

  const taken = async (stream: string, command: SendMessage, state: ConversationState) =>
    mayBeTaken(state, command) && (await isIdTaken(stream, command.messageId)) ? { isUsed: true as const } : {}

  const media = async (command: SendMessage, state: ConversationState) => {
    const { actor, mediaIds = [] } = command
    if (!namesMedia(state, command)) return {}
    return (await mayNameMedia(actor.userId, mediaIds)) ? {} : { namesUnknownMedia: true as const }
  }

  return (stream: string, command: SendMessage, state: ConversationState): Promise<SendMessage> | undefined => {
    if (command.relatesTo === undefined && !mayBeTaken(state, command) && !namesMedia(state, command)) return undefined
    const facts = Promise.all([related(stream, command, state), taken(stream, command, state), media(command, state)])
    return facts.then(([relation, use, files]) => ({ ...command, ...relation, ...use, ...files }))
  }
}
