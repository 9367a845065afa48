import { type MediaDocument, padded } from '../documents.ts'
import type { Change, DecodedEvent, Projection } from '../projection.ts'
import { put, updateAll } from './document-change.ts'
import { asConversationEvent } from './folded-events.ts'

const none: readonly Change[] = []

const indexText = (index: number): string => String(index).padStart(2, '0')

const named = (mediaIds: readonly string[], message: Omit<MediaDocument, 'mediaId' | 'index'>): readonly Change[] => {
  const prefix = `${message.conversationId}/${padded(message.seq)}`
  // A message may name a file more than once, but one document says so.
  return [...new Set(mediaIds)].map((mediaId, index) =>
    put(`${prefix}/${indexText(index)}`, { ...message, mediaId, index }),
  )
}

/**
 * Removes a message's documents beyond the first `kept`. The revision is compared because reactions share the
 * message's number.
 */
const removeAfter = (
  conversationId: string,
  target: { readonly seq: number; readonly revision: number },
  kept: number,
) =>
  updateAll<MediaDocument>(`${conversationId}/${padded(target.seq)}/`, (before) =>
    before.revision === target.revision && before.index >= kept ? null : before,
  )

const project = (decoded: DecodedEvent): readonly Change[] => {
  const event = asConversationEvent(decoded)
  const { streamId: conversationId, revision, at } = event
  switch (event.type) {
    case 'MessageSent':
      return named(event.data.mediaIds ?? [], { conversationId, seq: event.data.seq, revision, at })
    case 'MessageEdited': {
      const { target, mediaIds } = event.data
      if (mediaIds === undefined) return none
      const message = { conversationId, seq: target.seq, revision: target.revision, at }
      return [removeAfter(conversationId, target, new Set(mediaIds).size), ...named(mediaIds, message)]
    }
    case 'MessageDeleted':
      return [removeAfter(conversationId, event.data.target, 0)]
    default:
      return none
  }
}

/** Which messages name which uploaded file: one document for each message and file. */
export const media: Projection = {
  name: 'media',
  version: 1,
  fields: { mediaId: 'text' },
  indexes: [['mediaId', 'key']],
  streams: 'conversation',
  project,
}
