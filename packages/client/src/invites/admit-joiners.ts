import type { WireEvent } from '@backscroll/protocol/server-frames'
import { decodeControl } from '../content/message-content.ts'
import { isFault } from '../errors/backscroll-error.ts'
import { type AddJoinersDeps, createAddJoiners } from './add-joiners.ts'
import { type GroupInvite, secretOf } from './group-invites.ts'
import { isJoinProof } from './invite-link.ts'

export interface AdmitJoinersDeps extends AddJoinersDeps {
  /** The identity key that this device has for a user, base64. */
  readonly identityOf: (userId: string) => string | undefined
  /** Tells the owners and admins that these users, who hold a link with approval, wait. */
  readonly ask: (invite: GroupInvite, userIds: readonly string[]) => void
  /** The ids of this user's open links, as the server lists them. Another device may have revoked one. */
  readonly openInvites: () => Promise<ReadonlySet<string>>
  /** Stores the changes. */
  readonly save: () => Promise<void>
  readonly now: () => number
  readonly onError: (thrown: unknown) => void
}

/**
 * Admits joiners who hold an invite link to a group, if this device created the link. The joiner sends a proof that
 * is bound to their user id and identity key; then this device adds them with an ordinary commit. The server can
 * neither forge a proof nor pass one off as another user's.
 */
export const createAdmitJoiners = (deps: AdmitJoinersDeps) => {
  const { invites, now } = deps
  let isAsking = false
  /** Users whose requests this process has told. They stop waiting here when the message arrives. */
  const asked = new Set<string>()

  const isOpenTo = (invite: GroupInvite, userId: string): boolean =>
    invite.expiresAt > now() && invite.used.length < invite.maxUses && !invite.used.includes(userId)

  const dropExpired = (): void => {
    for (const { inviteId, expiresAt } of invites.all()) if (expiresAt <= now()) invites.forget(inviteId)
  }
  const isAsked = ({ inviteId }: GroupInvite, userId: string): boolean => asked.has(`${inviteId} ${userId}`)
  const askOnce = (invite: GroupInvite, userIds: readonly string[]): void => {
    for (const userId of userIds) asked.add(`${invite.inviteId} ${userId}`)
    deps.ask(invite, userIds)
  }
  const allDue = () =>
    [...invites.all()]
      .map((invite) => ({ invite, userIds: joiners.due(invite).filter((userId) => !isAsked(invite, userId)) }))
      .filter(({ userIds }) => userIds.length > 0)

  /** The list of joiners is taken before the request: an older answer must not admit later joiners. */
  const letInOpen = async (): Promise<void> => {
    const due = allDue()
    const open = await deps.openInvites()
    for (const { invite, userIds } of due)
      if (!open.has(invite.inviteId)) invites.forget(invite.inviteId)
      else if (invite.approval === true) askOnce(invite, userIds)
      else joiners.letIn(invite, userIds)
    await deps.save()
  }

  /** If the request fails, the next event or the next connection repeats it. */
  const admit = (): void => {
    dropExpired()
    if (isAsking || allDue().length === 0) return
    isAsking = true
    letInOpen().then(
      () => {
        isAsking = false
        admit()
      },
      (thrown) => {
        isAsking = false
        if (isFault(thrown)) deps.onError(thrown)
      },
    )
  }
  const joiners = createAddJoiners(deps, admit)

  return {
    /** A device message, whose sender is its actor. */
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
    /** Admits the waiting joiners whose links are still open. */
    admit,
  }
}
