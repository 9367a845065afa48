import { directConversationId } from '@backscroll/protocol/direct-conversation-id'
import { inviteList } from '@backscroll/protocol/rest/invites'
import { envelopeOf } from '../content/outgoing-content.ts'
import { BackscrollError } from '../errors/backscroll-error.ts'
import { createAdmitJoiners } from '../invites/admit-joiners.ts'
import type { GroupInvite } from '../invites/group-invites.ts'
import { joinProof } from '../invites/invite-link.ts'
import { roleOf } from '../mls/members/member-roles.ts'
import type { ProtectionDeps } from '../protection/protection.ts'
import type { MlsBooks } from './mls-books.ts'

export interface JoinRequest {
  readonly secret: Uint8Array
  /** The creator of the link. */
  readonly userId: string
  readonly conversationId: string
  /** The own user's identity key, base64. */
  readonly ownKey: string
}

type NewInvite = Pick<GroupInvite, 'inviteId' | 'secret' | 'conversationId' | 'expiresAt' | 'maxUses'>

/** Links to groups: those that this device has made, and asking by one to be let in. */
export const createInvitedJoins = (
  deps: Pick<ProtectionDeps, 'rest' | 'outbox' | 'tell' | 'caughtUp'>,
  books: MlsBooks,
) => {
  const { groupInvites, deferred, context, writer } = books
  const { me, book, trust, newId, time, onError } = context
  const save = () => book.saveAll(deferred.take())
  const mayAdmit = (id: string): boolean => ['owner', 'admin'].includes(roleOf(book.of(id).roles, me.userId) ?? '')
  const joiners = createAdmitJoiners({
    invites: groupInvites,
    identityOf: (userId) => {
      const pin = trust.pins().get(userId)
      return pin === undefined || pin.unmet || pin.offered !== undefined ? undefined : pin.identityKey
    },
    mayAdmit,
    isMember: (id, userId) => book.of(id).roster.has(userId),
    outbox: deps.outbox,
    openInvites: async () => {
      const { items } = await deps.rest.read({ path: '/invites', schema: inviteList })
      return new Set(items.map(({ inviteId }) => inviteId))
    },
    ...{ save, newId, now: time.now, onError },
  })

  return {
    joiners,
    groupInvites: {
      of: groupInvites.of,
      /** The event of a group that was just begun, or of a role just given, may be on its way. */
      requireAdmin: async (conversationId: string): Promise<void> => {
        if (!mayAdmit(conversationId)) await deps.caughtUp()
        if (!mayAdmit(conversationId)) throw new BackscrollError('forbidden')
      },
      keep: async ({ inviteId, secret, conversationId, expiresAt, maxUses }: NewInvite): Promise<void> => {
        groupInvites.put({ inviteId, secret, conversationId, expiresAt, maxUses, used: [], waiting: [] })
        await save()
      },
      forget: async (inviteId: string): Promise<void> => {
        groupInvites.forget(inviteId)
        await save()
      },
    },
    /** Trusts the key that a link says, unless another one is trusted already. */
    introduce: async (userId: string, identityKey: string): Promise<void> => {
      const { changes, notices } = trust.introduce(userId, identityKey)
      await writer.write(changes)
      for (const notice of notices) deps.tell({ type: 'trust', conversationId: undefined, notice })
      if (trust.pins().get(userId)?.offered === identityKey)
        throw new BackscrollError('identity_changed', { details: { userId } })
    },
    /** Resolves when the maker's devices are told; their conversation begins with it where there was none. */
    askToJoin: async ({ secret, userId, conversationId, ownKey }: JoinRequest): Promise<void> => {
      const proof = joinProof(secret, { conversationId, userId: me.userId, identityKey: ownKey })
      const messageId = newId()
      const content = { type: 'join' as const, body: { conversationId, proof } }
      const plaintext = envelopeOf({ messageId, control: true }, content)
      const id = directConversationId(me.userId, userId)
      const command = { kind: 'message', control: true, recipientId: userId, plaintext, sentAt: time.now() } as const
      await deps.outbox.add(id, messageId, command)
    },
  }
}

export type InvitedJoins = ReturnType<typeof createInvitedJoins>
