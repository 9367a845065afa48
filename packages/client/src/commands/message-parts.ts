import { limits } from '@backscroll/protocol/limits'
import type { Content } from '../content/message-content.ts'
import { envelopeOf } from '../content/outgoing-content.ts'
import { BackscrollError } from '../errors/backscroll-error.ts'
import type { MessageCommand } from './outbox-entry.ts'

type Reference = NonNullable<MessageCommand['relatesTo']>

/** What a message, an edit or a reaction is made of. */
export interface MessageParts {
  readonly messageId: string
  readonly content: Content
  readonly recipientId?: string | undefined
  readonly contentType?: string | undefined
  /** Default: the files of its attachments. */
  readonly mediaIds?: readonly string[] | undefined
  readonly relatesTo?: Reference | undefined
}

/**
 * Sealing makes a message longer. What is as long as a ciphertext may be is too long; what is a little shorter is
 * refused when it is sealed.
 */
const fitting = (envelope: string): string => {
  if (envelope.length > limits.ciphertext) throw new BackscrollError('too_large')
  return envelope
}

/**
 * Adds the ids of attached files: the server must know which files a message names, so that its readers may fetch
 * them.
 */
const filesOf = (content: Content): readonly string[] | undefined =>
  content.type === 'attachment' ? [...new Set(content.body.attachments.map(({ mediaId }) => mediaId))] : undefined

/** A deletion has no content, so it is not among these. */
const withoutSeq = ({ messageId, revision, kind }: Reference) => ({
  messageId,
  revision,
  kind: kind === 'delete' ? ('reply' as const) : kind,
})

/** Rejects with `too_large` what no sealed message can hold. */
export const messageOf = (parts: MessageParts): Omit<MessageCommand, 'sentAt'> => {
  const { messageId, content, recipientId, contentType, mediaIds = filesOf(content), relatesTo } = parts
  const kept = contentType !== undefined && { contentType }
  const about = { messageId, ...kept, ...(relatesTo && { relatesTo: withoutSeq(relatesTo) }) }
  return {
    kind: 'message',
    ...(recipientId !== undefined && { recipientId }),
    plaintext: fitting(envelopeOf(about, content)),
    ...kept,
    ...(mediaIds && { mediaIds: [...mediaIds] }),
    ...(relatesTo && { relatesTo }),
  }
}
