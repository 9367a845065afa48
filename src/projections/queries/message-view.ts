import type { MembershipDocument, MessageDocument, ReactionDocument } from '../documents.ts'
import type { IsExpired } from '../reading/expired-revisions.ts'
import type { Bodies } from '../reading/message-bodies.ts'
import { mayRead } from '../reading/visibility.ts'

/** A message as a member may see it. `ciphertext` is null when it was deleted or has expired. */
export interface MessageView {
  readonly conversationId: string
  readonly messageId: string
  readonly seq: number
  readonly revision: number
  /** Server time, milliseconds since the Unix epoch. */
  readonly at: number
  readonly actor: { readonly userId: string; readonly deviceId: string }
  readonly contentType: string | null
  readonly replyTo: MessageDocument['replyTo']
  readonly mediaIds: readonly string[]
  readonly sentAt: number | null
  readonly ciphertext: string | null
  readonly edited: MessageDocument['edited']
  readonly deleted: { readonly by: string | null; readonly at: number | null } | null
  readonly expired: boolean
}

interface ReactionView {
  /** The id of the reaction itself. With `revision`, its owner names it by this to delete it. */
  readonly messageId: string
  readonly revision: number
  readonly at: number
  readonly actor: { readonly userId: string; readonly deviceId: string }
  readonly contentType: string | null
  readonly ciphertext: string | null
}

export interface MessageWithReactions extends MessageView {
  readonly reactions: readonly ReactionView[]
}

/** Where the displayed body is: in the newest edit, or in the message itself. */
export const bodyRevision = ({ edited, revision }: MessageDocument): number => edited?.revision ?? revision

/** Bodies that were deleted or have expired are gone from the log; those that are about to expire are withheld here. */
export const toMessageView = (document: MessageDocument, isExpired: IsExpired, bodies: Bodies): MessageView => {
  const expired = isExpired(document)
  return {
    conversationId: document.conversationId,
    messageId: document.messageId,
    seq: document.seq,
    revision: document.revision,
    at: document.at,
    actor: { userId: document.sender, deviceId: document.senderDevice },
    contentType: document.contentType,
    replyTo: document.replyTo,
    mediaIds: expired ? [] : document.mediaIds,
    sentAt: document.sentAt,
    ciphertext: expired || document.deleted === 1 ? null : (bodies.get(bodyRevision(document)) ?? null),
    edited: document.edited,
    deleted: document.deleted === 1 ? { by: document.deletedBy, at: document.deletedAt } : null,
    expired,
  }
}

const toReactionView = (document: ReactionDocument, bodies: Bodies): ReactionView => ({
  messageId: document.messageId,
  revision: document.revision,
  at: document.at,
  actor: { userId: document.userId, deviceId: document.deviceId },
  contentType: document.contentType,
  ciphertext: bodies.get(document.revision) ?? null,
})

/** Reactions from the time of the membership, oldest first; none to a message whose body is withheld. */
export const withReactions = (
  message: MessageView,
  reactions: readonly ReactionDocument[],
  membership: MembershipDocument,
  bodies: Bodies,
): MessageWithReactions => {
  const hidden = message.expired || message.deleted !== null
  const seen = hidden ? [] : reactions.filter((reaction) => mayRead(membership, reaction.revision))
  return {
    ...message,
    reactions: seen.sort((a, b) => a.revision - b.revision).map((reaction) => toReactionView(reaction, bodies)),
  }
}
