import { directConversationId } from '@backscroll/protocol/direct-conversation-id'
import { commandResult } from '@backscroll/protocol/rest/command-result'
import { inviteList } from '@backscroll/protocol/rest/invites'
import type { MessageCommand } from '../commands/outbox-entry.ts'
import type { ControlContent } from '../content/message-content.ts'
import { envelopeOf } from '../content/outgoing-content.ts'
import { BackscrollError, isFault } from '../errors/backscroll-error.ts'
import { sayToDevices } from '../groups/details/share-details-keys.ts'
import { createAdmitJoiners } from '../invites/admit-joiners.ts'
import { createFollowJoinRequests } from '../invites/follow-join-requests.ts'
import type { GroupInvite } from '../invites/group-invites.ts'
import { joinProof } from '../invites/invite-link.ts'
import { roleOf } from '../mls/members/member-roles.ts'
import type { ProtectionDeps } from '../protection/protection.ts'
import { createAnswerJoins } from './answer-joins.ts'
import type { MlsBooks } from './mls-books.ts'

export interface JoinAttempt {
  readonly secret: Uint8Array
  /** The creator of the link. */
  readonly userId: string
  readonly conversationId: string
  /** The own user's identity key, base64. */
  readonly ownKey: string
}

type NewInvite = Pick<GroupInvite, 'inviteId' | 'secret' | 'conversationId' | 'expiresAt' | 'maxUses' | 'approval'>

/** Links to groups: those that this device has made, and asking by one to be let in. */
export const createInvitedJoins = (
  deps: Pick<ProtectionDeps, 'rest' | 'outbox' | 'tell' | 'caughtUp'>,
  books: MlsBooks,
) => {
  const { groupInvites, joinRequests, ownJoinRequests, deferred, context, writer } = books
  const { me, book, trust, newId, time, onError } = context
  const save = () => book.saveAll(deferred.take())
  const isAdmin = (id: string, userId: string): boolean =>
    ['owner', 'admin'].includes(roleOf(book.of(id).roles, userId) ?? '')
  const mayAdmit = (id: string): boolean => isAdmin(id, me.userId)
  const isMember = (id: string, userId: string): boolean => book.of(id).roster.has(userId)
  const say = (id: string, content: ControlContent): void =>
    sayToDevices(deps.outbox, { id, messageId: newId(), content, now: time.now() })
  /** The conversation with the user begins with it where there is none. */
  const sendTo = async (userId: string, content: ControlContent): Promise<void> => {
    const messageId = newId()
    const plaintext = envelopeOf({ messageId, control: true }, content)
    const command: MessageCommand = { kind: 'message', control: true, plaintext, sentAt: time.now() }
    await deps.outbox.add(directConversationId(me.userId, userId), messageId, { ...command, recipientId: userId })
  }
  const sayTo = (userId: string, content: ControlContent): void => void sendTo(userId, content).catch(() => {})
  const decline = (conversationId: string, userId: string): void =>
    sayTo(userId, { type: 'join_answer', body: { conversationId, state: 'declined' } })

  const identityOf = (userId: string): string | undefined => {
    const pin = trust.pins().get(userId)
    return pin === undefined || pin.unmet || pin.offered !== undefined ? undefined : pin.identityKey
  }
  const ask = ({ conversationId, expiresAt }: GroupInvite, userIds: readonly string[]): void => {
    for (const userId of userIds) {
      const identityKey = identityOf(userId)
      if (identityKey === undefined || joinRequests.isFull(conversationId)) decline(conversationId, userId)
      else say(conversationId, { type: 'join_asked', body: { userId, identityKey, expiresAt } })
    }
  }
  const joiners = createAdmitJoiners({
    ...{ invites: groupInvites, identityOf, mayAdmit, isMember, ask, outbox: deps.outbox },
    openInvites: async () => {
      const { items } = await deps.rest.read({ path: '/invites', schema: inviteList })
      return new Set(items.map(({ inviteId }) => inviteId))
    },
    ...{ save, newId, now: time.now, onError },
  })
  const asking = createFollowJoinRequests({
    ...{ me, invites: groupInvites, requests: joinRequests, own: ownJoinRequests, isAdmin, isMember },
    ...{ say, sayTo, now: time.now },
  })

  /** The event of a group that was just begun, or of a role just given, may be on its way. */
  const requireAdmin = async (conversationId: string): Promise<void> => {
    if (!mayAdmit(conversationId)) await deps.caughtUp()
    if (!mayAdmit(conversationId)) throw new BackscrollError('forbidden')
  }
  /** Trusts the key that a link says, unless another one is trusted already. */
  const introduce = async (userId: string, identityKey: string): Promise<void> => {
    const { changes, notices } = trust.introduce(userId, identityKey)
    await writer.write(changes)
    for (const notice of notices) deps.tell({ type: 'trust', conversationId: undefined, notice })
    if (trust.pins().get(userId)?.offered === identityKey)
      throw new BackscrollError('identity_changed', { details: { userId } })
  }

  return {
    joiners: {
      control: (...heard: Parameters<typeof asking.control>) => {
        joiners.control(...heard)
        return asking.control(...heard)
      },
      event: asking.event,
      /** A group that this user has asked to join needs no further consent. */
      requested: (conversationId: string): void => {
        if (ownJoinRequests.of(conversationId)?.state !== 'waiting') return
        const path = `/requests/${encodeURIComponent(conversationId)}/accept`
        deps.rest
          .read({ method: 'POST', path, schema: commandResult })
          .catch((thrown) => (isFault(thrown) ? onError(thrown) : undefined))
      },
      admit: () => {
        joiners.admit()
        const accepted = asking.accepted()
        for (const told of accepted) deps.tell(told)
        if (accepted.length > 0) save().catch(onError)
      },
    },
    groupInvites: {
      of: groupInvites.of,
      requireAdmin,
      keep: async (made: NewInvite): Promise<void> => {
        const { inviteId, secret, conversationId, expiresAt, maxUses, approval } = made
        const limits = { expiresAt, maxUses, ...(approval && { approval }) }
        groupInvites.put({ inviteId, secret, conversationId, ...limits, used: [], waiting: [] })
        await save()
      },
      forget: async (inviteId: string): Promise<void> => {
        groupInvites.forget(inviteId)
        await save()
      },
    },
    introduce,
    joinRequests: createAnswerJoins({
      ...{ requests: joinRequests, own: ownJoinRequests, outbox: deps.outbox, newId, save },
      ...{ requireAdmin, introduce, isMember, sendTo, now: time.now },
    }),
    /** Resolves when the maker's devices are told; their conversation begins with it where there was none. */
    askToJoin: async ({ secret, userId, conversationId, ownKey }: JoinAttempt): Promise<void> => {
      const proof = joinProof(secret, { conversationId, userId: me.userId, identityKey: ownKey })
      if (!isMember(conversationId, me.userId))
        ownJoinRequests.put({ conversationId, to: userId, askedAt: time.now(), state: 'waiting' })
      await save()
      await sendTo(userId, { type: 'join', body: { conversationId, proof } })
    },
  }
}

export type InvitedJoins = ReturnType<typeof createInvitedJoins>
