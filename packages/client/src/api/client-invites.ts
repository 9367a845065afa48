import { done } from '@backscroll/protocol/rest/done'
import { type invite, inviteList, redeemedInvite, invite as shownInvite } from '@backscroll/protocol/rest/invites'
import type { z } from 'zod'
import { toBase64 } from '../encoding/base64.ts'
import { randomBytes } from '../encoding/bytes.ts'
import type { MlsProtection } from '../encryption/mls-protection.ts'
import { BackscrollError } from '../errors/backscroll-error.ts'
import { formatInviteLink, inviteIdOf, inviteToken, parseInviteLink } from '../invites/invite-link.ts'
import type { Rest } from '../rest/rest-client.ts'

export interface InviteOptions {
  /** A group that this user owns or administers; without it the link leads to the user alone. */
  readonly conversationId?: string
  /** Default: a week. */
  readonly expiresInSeconds?: number
  /** How many people may use it. Default: one. */
  readonly maxUses?: number
  /** For a group: whoever follows the link waits until an owner or admin approves. Default: false. */
  readonly approval?: boolean
}

export interface ShownInvite extends z.output<typeof invite> {
  /** Whoever follows it waits for approval. */
  readonly approval: boolean
  /** The group that it is for; undefined where it is for none, or another device has made it. */
  readonly conversationId: string | undefined
}

export interface MadeInvite extends ShownInvite {
  /** Given only this once. Anybody who has it can use it. */
  readonly link: string
}

export interface AcceptedInvite {
  /** The maker of the link: you may write to that user without asking. */
  readonly userId: string
  /**
   * The group that a device of that user will add this user to, as soon as it is connected, or as soon as somebody
   * approves. `ownJoinRequests` tells what waits.
   */
  readonly conversationId: string | undefined
}

/** Links to this user, or to a group. All reject with `BackscrollError`. */
export interface ClientInvites {
  readonly invites: {
    /** This very device redeems a link to a group: it adds people while it is connected. */
    create(options?: InviteOptions): Promise<MadeInvite>
    /** The links that have not expired, the newest first. */
    list(): Promise<readonly ShownInvite[]>
    revoke(inviteId: string): Promise<void>
    /**
     * Rejects with `invalid` for anything that is not a link, `not_found` for a link that is over, and
     * `identity_changed` where this device trusts another key of its maker: decide that first.
     */
    accept(link: string): Promise<AcceptedInvite>
  }
}

export interface ClientInvitesDeps {
  readonly url: string
  readonly rest: Rest
  readonly protection: Pick<MlsProtection, 'enrolment' | 'groupInvites' | 'introduce' | 'askToJoin'>
}

export const createClientInvites = ({ url, rest, protection }: ClientInvitesDeps, me: string): ClientInvites => {
  const { enrolment, groupInvites } = protection
  const ownKey = () => enrolment.device().credential.identityKey
  const withGroup = (one: z.output<typeof invite>): ShownInvite => {
    const { conversationId, approval = false } = groupInvites.of(one.inviteId) ?? {}
    return { ...one, conversationId, approval }
  }

  const create = async ({ conversationId, approval = false, ...limits }: InviteOptions = {}): Promise<MadeInvite> => {
    if (conversationId !== undefined) await groupInvites.requireAdmin(conversationId)
    const secret = randomBytes(32)
    const body = { inviteId: inviteIdOf(secret), ...limits }
    const made = await rest.request({ method: 'POST', path: '/invites', body, schema: shownInvite })
    const kept = { ...made, secret: toBase64(secret), ...(approval && { approval }) }
    if (conversationId !== undefined) await groupInvites.keep({ ...kept, conversationId })
    const link = formatInviteLink(url, { secret, userId: me, identityKey: ownKey(), conversationId })
    return { ...withGroup(made), link }
  }

  const accept = async (text: string): Promise<AcceptedInvite> => {
    const { secret, userId, identityKey, conversationId } = parseInviteLink(text)
    const body = { token: inviteToken(secret) }
    const redeemed = await rest.request({ method: 'POST', path: '/invites/redeem', body, schema: redeemedInvite })
    if (redeemed.userId !== userId) throw new BackscrollError('not_found')
    await protection.introduce(userId, identityKey)
    if (conversationId !== undefined) await protection.askToJoin({ secret, userId, conversationId, ownKey: ownKey() })
    return { userId, conversationId }
  }

  return {
    invites: {
      create,
      accept,
      list: async () => (await rest.read({ path: '/invites', schema: inviteList })).items.map(withGroup),
      revoke: async (inviteId) => {
        await groupInvites.forget(inviteId)
        await rest.read({ method: 'DELETE', path: `/invites/${encodeURIComponent(inviteId)}`, schema: done })
      },
    },
  }
}
