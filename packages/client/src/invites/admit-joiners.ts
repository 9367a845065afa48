import type { WireEvent } from '@backscroll/protocol/server-frames'
import { decodeControl } from '../content/message-content.ts'
import type { Outbox } from '../outbox/outbox.ts'
import { type GroupInvite, type GroupInvites, secretOf } from './group-invites.ts'
import { isJoinProof } from './invite-link.ts'

export interface AdmitJoinersDeps {
  readonly invites: GroupInvites
  /** The identity key of somebody whom this device knows, base64. */
  readonly identityOf: (userId: string) => string | undefined
  /** May this user let people into the group, by the roles that devices have signed? */
  readonly mayAdmit: (conversationId: string) => boolean
  readonly isMember: (conversationId: string, userId: string) => boolean
  readonly outbox: Pick<Outbox, 'add'>
  readonly newId: () => string
  readonly now: () => number
}

/**
 * Lets in who holds a link to a group that this device has made: after the proof, which is bound to the person and the
 * identity key, and by a commit of this device like any other. The server can neither make a proof nor pass one off as
 * another person's.
 */
export const createAdmitJoiners = (deps: AdmitJoinersDeps) => {
  const { invites, now } = deps

  const isOpenTo = (invite: GroupInvite, userId: string): boolean =>
    invite.expiresAt > now() && invite.used.length < invite.maxUses && !invite.used.includes(userId)

  /** They could not be added: none of them has a device that is fit, or the server has refused. */
  const mayAskAgain = (inviteId: string, userIds: readonly string[]): void => {
    const invite = invites.of(inviteId)
    if (invite !== undefined) invites.put({ ...invite, used: invite.used.filter((user) => !userIds.includes(user)) })
  }

  const letIn = (invite: GroupInvite): void => {
    const { conversationId: id, waiting } = invite
    if (waiting.length === 0 || !deps.mayAdmit(id)) return
    const userIds = waiting.filter((userId) => !deps.isMember(id, userId))
    invites.put({ ...invite, waiting: [] })
    if (userIds.length === 0) return
    const change = { type: 'add' as const, userIds }
    deps.outbox
      .add(id, deps.newId(), { kind: 'group', change, quiet: true })
      .catch(() => mayAskAgain(invite.inviteId, userIds))
  }

  return {
    /** A message to devices, which is its actor's. */
    control: ({ actor: { userId } }: WireEvent, envelope: Uint8Array): void => {
      const content = decodeControl(envelope)
      if (content?.type !== 'join') return
      const { conversationId, proof } = content.body
      const identityKey = deps.identityOf(userId)
      if (identityKey === undefined) return
      const joining = { conversationId, userId, identityKey }
      const invite = invites.to(conversationId).find((one) => isJoinProof(secretOf(one), joining, proof))
      if (invite === undefined || !isOpenTo(invite, userId)) return
      invites.put({ ...invite, used: [...invite.used, userId], waiting: [...invite.waiting, userId] })
    },
    /** Lets in who waits. */
    admit: (): void => {
      for (const invite of invites.all()) {
        letIn(invite)
        if (invite.expiresAt <= now()) invites.forget(invite.inviteId)
      }
    },
  }
}
