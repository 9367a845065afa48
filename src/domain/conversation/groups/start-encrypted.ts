import { accepted, type Decision, rejected } from '../../decision.ts'
import type { StartDirect, StartGroup } from '../conversation-commands.ts'
import type { ConversationEvent, ConversationStarted } from '../conversation-events.ts'
import { beginGroup } from './group-commits.ts'

/** Decides a start together with the encryption group that it brings. Without one the start is refused. */
export const withGroup = (
  started: Decision<ConversationStarted>,
  command: StartGroup | StartDirect,
): Decision<ConversationEvent> => {
  if (started.kind !== 'accepted') return started
  if (command.group === undefined) {
    return rejected('commit_required', 'a conversation begins with a commit, or with a GroupInfo alone')
  }
  const members = new Set(started.events.flatMap(({ data }) => data.members.map(({ userId }) => userId)))
  const begun = beginGroup(command, members, command.group)
  return begun.kind === 'accepted' ? accepted<ConversationEvent>(...started.events, ...begun.events) : begun
}
