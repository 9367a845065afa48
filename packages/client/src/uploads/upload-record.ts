import { z } from 'zod'
import { messageOf } from '../commands/message-parts.ts'
import { failure, type MessageCommand, type OutboxEntry, target } from '../commands/outbox-entry.ts'
import { type Attachment, attachment } from '../content/attachment.ts'
import { mentions } from '../content/content-marks.ts'
import { contentOf } from '../content/outgoing-content.ts'
import type { StoreChange } from '../stores/client-store.ts'

/** A file of a waiting message. Its sealed copy is on the shelf under `fileId`. */
const uploadedFile = z.object({
  fileId: z.string(),
  sealedBytes: z.int(),
  described: attachment.omit({ mediaId: true }),
  /** The upload, once the server has created it. */
  mediaId: z.string().optional(),
  isUploaded: z.literal(true).optional(),
})

/** A message that waits for its files, as it is stored. It has no place among the commands yet. */
export const uploadRecord = z.object({
  conversationId: z.string(),
  messageId: z.string(),
  /** Set when the message was addressed to a person. */
  recipientId: z.string().optional(),
  contentType: z.string().optional(),
  relatesTo: target.optional(),
  text: z.string().optional(),
  mentions: mentions.optional(),
  files: z.array(uploadedFile),
  sentAt: z.int(),
  queuedAt: z.int(),
  /** The caller may ask again, and must get the same answer. */
  asked: z.literal(true).optional(),
  isPaused: z.literal(true).optional(),
  failed: failure.optional(),
  /** The application has heard of the failure. */
  isTold: z.literal(true).optional(),
})

export type UploadRecord = z.output<typeof uploadRecord>
export type UploadedFile = UploadRecord['files'][number]

const prefix = 'upload/'
export const uploadKey = ({ conversationId, messageId }: Pick<UploadRecord, 'conversationId' | 'messageId'>): string =>
  `${prefix}${conversationId}/${messageId}`
export const uploadChange = (record: UploadRecord): StoreChange => ({ key: uploadKey(record), value: record })
export const uploadRemoved = (record: Pick<UploadRecord, 'conversationId' | 'messageId'>): StoreChange => ({
  key: uploadKey(record),
  value: undefined,
})

export const readUploads = (stored: ReadonlyMap<string, unknown>): readonly UploadRecord[] =>
  [...stored]
    .filter(([key]) => key.startsWith(prefix))
    .map(([, value]) => uploadRecord.parse(value))
    .sort((one, other) => one.queuedAt - other.queuedAt)

/** The longest id that a server gives, for a message whose files have none yet. */
const noMedia = '00000000-0000-0000-0000-000000000000'

const attachmentsOf = ({ files }: UploadRecord): readonly Attachment[] =>
  files.map(({ described, mediaId = noMedia }) => ({ ...described, mediaId }))

const saidIn = ({ text, mentions }: UploadRecord) => ({
  ...(text !== undefined && { text }),
  ...(mentions && { mentions }),
})

/** The message that is sent when its files are there. Throws `too_large` if it will not fit. */
export const commandOf = (record: UploadRecord): MessageCommand => {
  const content = contentOf('text', { ...saidIn(record), attachments: attachmentsOf(record) })
  return { ...messageOf({ ...record, content }), sentAt: record.sentAt }
}

/** How the message is shown until then: with its text, without attachments that nobody can open. */
export const shownEntry = (record: UploadRecord): OutboxEntry => {
  const { conversationId, messageId, queuedAt, asked, failed } = record
  const content = contentOf('text', { text: '', ...saidIn(record) })
  return {
    ...{ conversationId, messageId, clientSeq: 0, queuedAt },
    command: { ...messageOf({ ...record, content }), sentAt: record.sentAt },
    ...(asked && { asked }),
    ...(failed && { failed }),
  }
}
