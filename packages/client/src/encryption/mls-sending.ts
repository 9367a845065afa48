import { createAcceptRequest } from '../account/accept-request.ts'
import type { MemberCommand } from '../commands/outbox-entry.ts'
import { toBackscrollError } from '../errors/backscroll-error.ts'
import { createHandleRefusal } from '../groups/commits/commit-refusal.ts'
import { detailsRequest, groupRequest, memberRequest, resetRequest } from '../groups/commits/group-request.ts'
import { createHandOver } from '../groups/commits/hand-over.ts'
import { createPrepareCommit } from '../groups/commits/prepare-commit.ts'
import type { AbsentMembers } from '../groups/members/absent-members.ts'
import { membersEvent } from '../groups/members/members-event.ts'
import { mayDepart } from '../groups/members/role-rules.ts'
import { devicesIn, goes, removedBy } from '../groups/members/roster-changes.ts'
import { createRequireReaders } from '../groups/sending/require-readers.ts'
import { createSealMessage } from '../groups/sending/seal-message.ts'
import { createReadiness } from '../groups/sending/send-readiness.ts'
import type { Renewal } from '../groups/state/epoch-renewal.ts'
import type { Group } from '../groups/state/group.ts'
import { signingEpoch } from '../groups/state/signing-epoch.ts'
import type { Protection, ProtectionDeps } from '../protection/protection.ts'
import type { FollowGroups } from './follow-groups.ts'
import type { MlsBooks } from './mls-books.ts'

export interface MlsSendingDeps {
  readonly deps: ProtectionDeps
  readonly books: MlsBooks
  readonly groups: FollowGroups
  readonly renewal: Renewal
  readonly absentMembers: AbsentMembers
}

type Sending = Pick<
  Protection,
  'isReady' | 'makeReady' | 'obstacle' | 'handleRefusal' | 'seal' | 'request' | 'accepted'
>

export interface MlsSending extends Sending {
  /** Something happened in the group: what waited may go on. */
  changed(conversationId: string): void
}

/** What becomes of a command on its way out: prepared, sealed or turned into a request, and judged. */
export const createMlsSending = ({ deps, books, groups, renewal, absentMembers }: MlsSendingDeps): MlsSending => {
  const { statements, readers, enrolment, sealed, context } = books
  const { me, engine, book, onError } = context
  const { tell, outbox, knows, caughtUp, onObstacle } = deps
  const prepare = createPrepareCommit({ ...context, tell, outbox, statements, enter: groups.enter })
  const handOver = createHandOver(groups.insert)
  const readiness = createReadiness({
    ...{ ...context, ...groups, prepare, readers, absentMembers, renewal },
    ...{ outbox, knows, caughtUp, tell, onObstacle, handOver },
    agree: createAcceptRequest(deps.rest, onError),
  })
  const { isReady, makeReady, obstacle, exists, changed, checks } = readiness
  const changeMember = (group: Group, change: MemberCommand['change'], clientSeq: number) =>
    memberRequest(group, enrolment.device(), signingEpoch(engine, group), change, clientSeq)
  return {
    ...{ isReady, makeReady, obstacle, changed },
    handleRefusal: createHandleRefusal({
      ...{ engine, book, prepare, caughtUp, exists, tell },
      handOver,
    }),
    seal: createSealMessage({ engine, book, sealed, requireReaders: createRequireReaders(checks) }),
    request: async (entry) => {
      const { conversationId, command, clientSeq } = entry
      const group = book.of(conversationId)
      if (command.kind === 'details') return detailsRequest(conversationId, command)
      if (command.kind === 'member') return changeMember(group, command.change, clientSeq)
      if (command.kind === 'reset') return resetRequest(group, enrolment.device(), clientSeq)
      if (command.kind !== 'group') throw toBackscrollError(new Error('No command of a group'))
      return groupRequest(group, command.change, await prepare.stored(group, entry))
    },
    accepted: (entry) => {
      const userId = removedBy(entry)
      if (userId === undefined || userId === me.userId) return
      const group = book.of(entry.conversationId)
      // A statement that the other devices do not believe would separate this one from them.
      if (!mayDepart(group, me.userId, userId, 'removed')) return
      goes(group, userId, me.userId, devicesIn(engine))
      book.save(group).catch(onError)
      tell(membersEvent(group))
    },
  }
}
