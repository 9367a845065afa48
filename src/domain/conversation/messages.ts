import { accepted, type Decision, rejected } from '../decision.ts'
import type { SendMessage, TargetFacts } from './conversation-commands.ts'
import type { ControlSent, ConversationEvent, MessageSent, Target } from './conversation-events.ts'
import type { ConversationState } from './conversation-state.ts'
import { wasMemberAt } from './members/earlier-memberships.ts'
import type { Role } from './members/role.ts'
import { managesGroup, posts } from './members/roles.ts'

type Relation = NonNullable<SendMessage['relatesTo']>

const unknownTarget = () => rejected('unknown_target', 'relatesTo does not name a message at that revision')

const asTarget = ({ messageId, revision, seq }: Target): Target => ({ messageId, revision, seq })

const optional = ({ contentType, mediaIds, sentAt }: SendMessage) => ({
  ...(contentType !== undefined && { contentType }),
  ...(mediaIds !== undefined && { mediaIds }),
  ...(sentAt !== undefined && { sentAt }),
})

const messageSent = (state: ConversationState, command: SendMessage, replyTo?: Target): MessageSent => {
  const { at, actor, messageId, clientSeq } = command
  const reply = replyTo === undefined ? undefined : { replyTo: asTarget(replyTo) }
  const data = { messageId, seq: state.lastSeq + 1, ...reply, ...optional(command), clientSeq }
  return { type: 'MessageSent', at, actor, data }
}

/** The target, if it is what the relation claims. A reaction can only be deleted: a newer one replaces it. */
const findTarget = ({ kind, messageId, revision, target }: Relation): TargetFacts | undefined => {
  if (target === undefined || target.messageId !== messageId || target.revision !== revision) return undefined
  return target.kind === 'message' || kind === 'delete' ? target : undefined
}

/** A user's history: the messages of the present membership and of earlier ones. For this user no others exist [R4]. */
const sees = (
  state: ConversationState,
  { actor: { userId } }: SendMessage,
  { sender, revision }: TargetFacts,
): boolean =>
  sender === userId ||
  revision > (state.joined.get(userId) ?? Number.POSITIVE_INFINITY) ||
  wasMemberAt(state.earlier, userId, revision)

const mayDelete = (state: ConversationState, role: Role, command: SendMessage, target: TargetFacts): boolean =>
  target.sender === command.actor.userId || (target.kind === 'message' && managesGroup(state, role))

const related = (command: SendMessage, relation: Relation, target: TargetFacts, state: ConversationState) => {
  const { at, actor, messageId, clientSeq } = command
  const numbered = { messageId, target: asTarget(target) }
  switch (relation.kind) {
    case 'reply':
      return accepted<ConversationEvent>(messageSent(state, command, target))
    case 'edit': {
      const data = { ...numbered, ...optional(command), clientSeq }
      return accepted<ConversationEvent>({ type: 'MessageEdited', at, actor, data })
    }
    case 'delete':
      return accepted<ConversationEvent>({ type: 'MessageDeleted', at, actor, data: { ...numbered, clientSeq } })
    case 'reaction': {
      const { mediaIds: _none, ...rest } = optional(command)
      return accepted<ConversationEvent>({
        type: 'MessageReacted',
        at,
        actor,
        data: { ...numbered, ...rest, clientSeq },
      })
    }
  }
}

/** What the handler read may be older than the state. A reaction is deleted with its message. */
const isGone = (state: ConversationState, { deleted, revision, of = revision }: TargetFacts): boolean =>
  deleted || [revision, of].some((place) => state.deleted.has(place) || place <= state.expiredUpTo)

const relate = (
  state: ConversationState,
  role: Role,
  command: SendMessage,
  relation: Relation,
): Decision<ConversationEvent> => {
  const target = findTarget(relation)
  if (target === undefined || !sees(state, command, target)) return unknownTarget()
  if (isGone(state, target)) return rejected('message_deleted', 'the message was deleted or has expired')
  if (relation.kind === 'edit' && target.sender !== command.actor.userId) {
    return rejected('forbidden', 'only the sender may edit a message')
  }
  if (relation.kind === 'delete' && !mayDelete(state, role, command, target)) {
    return rejected('forbidden', 'only the sender, or an owner or admin of the group, may delete a message')
  }
  return related(command, relation, target, state)
}

const controlSent = ({ at, actor, messageId, sentAt, clientSeq }: SendMessage): ControlSent => {
  const data = { messageId, ...(sentAt !== undefined && { sentAt }), clientSeq }
  return { type: 'ControlSent', at, actor, data }
}

/** A user who may not post may still react and delete own messages, because neither adds content. */
const saysNothingNew = ({ relatesTo }: SendMessage): boolean =>
  relatesTo?.kind === 'reaction' || relatesTo?.kind === 'delete'

export const sendMessage = (
  state: ConversationState,
  role: Role,
  command: SendMessage,
): Decision<ConversationEvent> => {
  if (command.control) return accepted<ConversationEvent>(controlSent(command))
  if (!posts(state, role) && !saysNothingNew(command))
    return rejected('forbidden', 'only owners and admins post in this group')
  return command.relatesTo === undefined
    ? accepted<ConversationEvent>(messageSent(state, command))
    : relate(state, role, command, command.relatesTo)
}
