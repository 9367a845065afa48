import type { BlobRef } from '../../domain/conversation/groups/group.ts'
import type { BlobDocument } from '../documents.ts'
import type { Change, DecodedEvent, Projection } from '../projection.ts'
import { put } from './document-change.ts'
import { asConversationEvent } from './folded-events.ts'

const none: readonly Change[] = []

/**
 * A GroupInfo is of use only until the next one: its document has the same key, so that nothing names the blob
 * before any more.
 */
const project = (decoded: DecodedEvent): readonly Change[] => {
  const { type, data, streamId, revision } = asConversationEvent(decoded)
  if (type !== 'GroupCommitted') return none
  const named = (ref: BlobRef | null, key = ref?.hash): readonly Change[] => {
    if (ref === null) return none
    const document: BlobDocument = { conversationId: streamId, hash: ref.hash, size: ref.size, revision }
    return [put(`${streamId}/${key}`, document)]
  }
  return [...named(data.commit), ...named(data.welcome), ...named(data.groupInfo, 'group-info')]
}

/** Which blobs each conversation names: one document for each blob. */
export const blobs: Projection = {
  name: 'blobs',
  version: 1,
  fields: { hash: 'text' },
  indexes: [['hash']],
  streams: 'conversation',
  project,
}
