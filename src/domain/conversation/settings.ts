import { accepted, type Decision, rejected } from '../decision.ts'
import type {
  ChangePosting,
  ChangeRetention,
  DescribeConversation,
  RenameConversation,
} from './conversation-commands.ts'
import type {
  ConversationDescribed,
  ConversationRenamed,
  PostingChanged,
  RetentionChanged,
} from './conversation-events.ts'
import type { ConversationState } from './conversation-state.ts'
import type { Role } from './members/role.ts'
import { changesRetention, managesGroup } from './members/roles.ts'

const forbidden = () => rejected('forbidden', 'only owners and admins of a group may change its settings')

export const rename = (
  state: ConversationState,
  role: Role,
  command: RenameConversation,
): Decision<ConversationRenamed> => {
  if (!managesGroup(state, role)) return forbidden()
  const { at, actor, name, clientSeq } = command
  return accepted({ type: 'ConversationRenamed', at, actor, data: { name, clientSeq } })
}

export const describe = (
  state: ConversationState,
  role: Role,
  command: DescribeConversation,
): Decision<ConversationDescribed> => {
  if (!managesGroup(state, role)) return forbidden()
  const { at, actor, description, clientSeq } = command
  return accepted({ type: 'ConversationDescribed', at, actor, data: { description, clientSeq } })
}

export const changeRetention = (
  state: ConversationState,
  role: Role,
  command: ChangeRetention,
): Decision<RetentionChanged> => {
  if (!changesRetention(state, role)) return forbidden()
  const { at, actor, seconds, clientSeq } = command
  return accepted({ type: 'RetentionChanged', at, actor, data: { seconds, clientSeq } })
}

export const changePosting = (
  state: ConversationState,
  role: Role,
  command: ChangePosting,
): Decision<PostingChanged> => {
  if (!managesGroup(state, role)) return forbidden()
  const { at, actor, posting, clientSeq } = command
  return accepted({ type: 'PostingChanged', at, actor, data: { posting, clientSeq } })
}
