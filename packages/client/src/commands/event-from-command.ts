import type { WireEvent } from '@backscroll/protocol/server-frames'
import type { Accepted, MessageCommand, OutboxEntry } from './outbox-entry.ts'

const defined = (fields: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))

const types = { edit: 'MessageEdited', delete: 'MessageDeleted', reaction: 'MessageReacted' } as const

const typeOf = ({ control, relatesTo: relation }: MessageCommand): string => {
  if (control) return 'ControlSent'
  return relation === undefined || relation.kind === 'reply' ? 'MessageSent' : types[relation.kind]
}

const dataOf = (
  entry: OutboxEntry,
  command: MessageCommand,
  seq: number | undefined,
  ciphertext: string | undefined,
) => {
  const { contentType, mediaIds, sentAt, relatesTo, control } = command
  const kept = { contentType, mediaIds, sentAt, ciphertext, clientSeq: entry.clientSeq, messageId: entry.messageId }
  if (control) return defined(kept)
  if (relatesTo === undefined) return defined({ ...kept, seq })
  const { kind, ...target } = relatesTo
  if (kind === 'reply') return defined({ ...kept, seq, replyTo: target })
  if (kind === 'delete') return defined({ messageId: entry.messageId, clientSeq: entry.clientSeq, target })
  return defined({ ...kept, target, mediaIds: kind === 'edit' ? mediaIds : undefined })
}

/**
 * The event that an own message became, as a sync would bring it, except for its position, which is the answer's: a
 * live device hears of its own message only by the acknowledgement.
 */
export const ownEvent = (
  entry: OutboxEntry,
  command: MessageCommand,
  result: Accepted,
  ciphertext: string | undefined,
  actor: WireEvent['actor'],
): WireEvent => ({
  stream: { kind: 'conversation', id: entry.conversationId },
  revision: result.revision,
  position: result.position,
  type: typeOf(command),
  at: result.acceptedAt,
  actor,
  data: dataOf(entry, command, result.seq, ciphertext),
})
