import type { WireEvent } from '@backscroll/protocol/server-frames'
import { decodeControl } from '../content/message-content.ts'
import { type AddJoinersDeps, createAddJoiners } from './add-joiners.ts'
import { type GroupInvite, secretOf } from './group-invites.ts'
import { isJoinProof } from './invite-link.ts'

export interface AdmitJoinersDeps extends AddJoinersDeps {
  /** The identity key of somebody whom this device knows, base64. */
  readonly identityOf: (userId: string) => string | undefined
  /** The ids of this user's links that are open, by the server: another device may have taken one back. */
  readonly openInvites: () => Promise<ReadonlySet<string>>
  /** Makes durable what has changed. */
  readonly save: () => Promise<void>
  readonly now: () => number
}

/**
 * Lets in who holds a link to a group that this device has made: after the proof, which is bound to the person and the
 * identity key, and by a commit of this device like any other. The server can neither make a proof nor pass one off as
 * another person's.
 */
export const createAdmitJoiners = (deps: AdmitJoinersDeps) => {
  const { invites, now } = deps
  let isAsking = false

  const isOpenTo = (invite: GroupInvite, userId: string): boolean =>
    invite.expiresAt > now() && invite.used.length < invite.maxUses && !invite.used.includes(userId)

  const dropExpired = (): void => {
    for (const { inviteId, expiresAt } of invites.all()) if (expiresAt <= now()) invites.forget(inviteId)
  }
  const allDue = () =>
    [...invites.all()]
      .map((invite) => ({ invite, userIds: joiners.due(invite) }))
      .filter(({ userIds }) => userIds.length > 0)

  /** Those who came meanwhile are not let in by an answer from before. */
  const letInOpen = async (): Promise<void> => {
    const due = allDue()
    const open = await deps.openInvites()
    for (const { invite, userIds } of due)
      if (open.has(invite.inviteId)) joiners.letIn(invite, userIds)
      else invites.forget(invite.inviteId)
    await deps.save()
  }

  /** A server that does not answer is asked again after the next event, and with the next connection. */
  const admit = (): void => {
    dropExpired()
    if (isAsking || allDue().length === 0) return
    isAsking = true
    letInOpen().then(
      () => {
        isAsking = false
        admit()
      },
      () => {
        isAsking = false
      },
    )
  }
  const joiners = createAddJoiners(deps, admit)

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
    /** Lets in who waits, by links that are still open. */
    admit,
  }
}
