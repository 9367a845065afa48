import type { ClientEvent } from '../client-events.ts'
import type { SignedMembers } from '../queries.ts'
import type { EnterGroup } from './enter-group.ts'
import type { GroupContext } from './group-context.ts'
import { membersEvent } from './members-event.ts'

export interface SignedMembersDeps extends Pick<GroupContext, 'book'> {
  readonly enter: Pick<EnterGroup, 'isIn'>
  readonly tell: (event: ClientEvent) => void
}

/** Whom the application may list as members. */
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
