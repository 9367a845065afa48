import type { WireEvent } from '@backscroll/protocol/server-frames'
import { type ControlContent, decodeControl } from '../content/message-content.ts'
import type { JoinRequestClientEvent } from '../events/client-events.ts'
import { dataOf } from '../events/group-event-data.ts'
import type { GroupInvites } from './group-invites.ts'
import type { JoinRequests } from './join-requests.ts'
import { type OwnJoinRequests, requestLastsMs } from './own-join-requests.ts'

export interface FollowJoinRequestsDeps {
  readonly me: { readonly userId: string }
  readonly invites: GroupInvites
  readonly requests: JoinRequests
  readonly own: OwnJoinRequests
  /** Whether a user is an owner or admin, by the roles that devices have signed. */
  readonly isAdmin: (conversationId: string, userId: string) => boolean
  readonly isMember: (conversationId: string, userId: string) => boolean
  /** Sends a message to the devices of a conversation. */
  readonly say: (conversationId: string, content: ControlContent) => void
  /** The same, to a user's devices. */
  readonly sayTo: (userId: string, content: ControlContent) => void
  readonly now: () => number
}

type Told = readonly JoinRequestClientEvent[]
type Body<Type extends ControlContent['type']> = Extract<ControlContent, { readonly type: Type }>['body']

/**
 * Follows the requests to join by links with approval. Only what an owner's or admin's device says to the group
 * counts, because such a device could add the user anyway.
 */
export const createFollowJoinRequests = (deps: FollowJoinRequestsDeps) => {
  const { me, invites, requests, own, isAdmin, isMember, now } = deps
  const tell = (conversationId: string, userId: string, state: JoinRequestClientEvent['state']): Told =>
    isAdmin(conversationId, me.userId) ? [{ type: 'join_request', conversationId, userId, state, own: false }] : []

  /** The links with approval that this device has made, and by which the user has asked. */
  const usedBy = (conversationId: string, userId: string) =>
    invites.to(conversationId).filter(({ approval, used }) => approval === true && used.includes(userId))
  const stopWaiting = (conversationId: string, userId: string): void => {
    for (const invite of usedBy(conversationId, userId))
      if (invite.waiting.includes(userId))
        invites.put({ ...invite, waiting: invite.waiting.filter((one) => one !== userId) })
  }

  const asked = ({ stream: { id }, actor, at }: WireEvent, body: Body<'join_asked'>): Told => {
    if (!isAdmin(id, actor.userId)) return []
    stopWaiting(id, body.userId)
    const expiresAt = Math.min(body.expiresAt, at + requestLastsMs)
    if (isMember(id, body.userId) || expiresAt <= now()) return []
    const added = { userId: body.userId, identityKey: body.identityKey, askedAt: at, expiresAt, through: actor.userId }
    return requests.add(id, added) ? tell(id, body.userId, 'waiting') : []
  }
  const settled = ({ stream: { id }, actor }: WireEvent, { userId, state }: Body<'join_settled'>): Told => {
    if (!isAdmin(id, actor.userId) || !requests.drop(id, userId)) return []
    if (state === 'declined' && usedBy(id, userId).length > 0)
      deps.sayTo(userId, { type: 'join_answer', body: { conversationId: id, state } })
    return tell(id, userId, state)
  }
  const answered = ({ actor }: WireEvent, { conversationId, state }: Body<'join_answer'>): Told => {
    const request = own.of(conversationId)
    if (request?.to !== actor.userId || request.state !== 'waiting') return []
    own.put({ ...request, state })
    return [{ type: 'join_request', conversationId, userId: me.userId, state, own: true }]
  }
  const withdrawn = ({ actor: { userId } }: WireEvent, { conversationId }: Body<'join_withdrawn'>): Told => {
    if (usedBy(conversationId, userId).length === 0) return []
    stopWaiting(conversationId, userId)
    if (requests.of(conversationId).some((one) => one.userId === userId))
      deps.say(conversationId, { type: 'join_settled', body: { userId, state: 'withdrawn' } })
    return []
  }

  return {
    control: (event: WireEvent, envelope: Uint8Array): Told => {
      const content = decodeControl(envelope)
      switch (content?.type) {
        case 'join_asked':
          return asked(event, content.body)
        case 'join_settled':
          return settled(event, content.body)
        case 'join_answer':
          return answered(event, content.body)
        case 'join_withdrawn':
          return withdrawn(event, content.body)
        default:
          return []
      }
    },
    /** Nobody who was added waits any more. */
    event: (event: WireEvent): void => {
      for (const { userId } of dataOf(event, 'MembersAdded')?.members ?? []) requests.drop(event.stream.id, userId)
    },
    /** Own requests that have led into a group are over. */
    accepted: (): Told =>
      own
        .all()
        .filter(({ conversationId }) => isMember(conversationId, me.userId))
        .map(({ conversationId }) => {
          own.forget(conversationId)
          return { type: 'join_request', conversationId, userId: me.userId, state: 'accepted', own: true }
        }),
  }
}
