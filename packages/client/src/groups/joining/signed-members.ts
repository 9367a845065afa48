import type { ClientEvent } from '../../events/client-events.ts'
import type { SignedMembers } from '../../history/queries.ts'
import { membersEvent } from '../members/members-event.ts'
import type { GroupContext } from '../state/group-context.ts'
import type { JoinGroup } from './join-group.ts'

export interface SignedMembersDeps extends Pick<GroupContext, 'book'> {
  readonly enter: Pick<JoinGroup, 'isIn'>
  readonly tell: (event: ClientEvent) => void
}

/** The users that the application may list as members. */
export const createSignedMembers = ({ book, enter, tell }: SignedMembersDeps): SignedMembers => ({
  signedMembers: (conversationId) => {
    const group = book.of(conversationId)
    return new Map(enter.isIn(group) ? membersEvent(group).members.map((one) => [one.userId, one]) : [])
  },
  contradicted: (conversationId, told, hidden) => {
    const details = { told: told.join(), hidden: hidden.join() }
    tell({ type: 'warning', code: 'false_members', conversationId, revision: undefined, details })
  },
})
