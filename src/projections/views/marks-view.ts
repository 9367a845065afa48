import { hasNone, marksAfter } from '../../domain/user/marks.ts'
import type { ConversationMarked } from '../../domain/user/user-events.ts'
import type { MarksDocument } from '../marks-document.ts'
import type { Change, DecodedEvent, Projection } from '../projection.ts'
import { updateAll } from './document-change.ts'
import { asUserEvent } from './folded-events.ts'

const none: readonly Change[] = []

const marked = (
  { streamId, revision }: DecodedEvent,
  { conversationId, ...change }: ConversationMarked['data'],
): Change => ({
  key: `${streamId}/${conversationId}`,
  fold: (before) => {
    const marks = marksAfter((before as MarksDocument | null | undefined)?.marks ?? {}, change)
    return hasNone(marks) ? null : { userId: streamId, conversationId, marks, revision }
  },
})

const project = (decoded: DecodedEvent): readonly Change[] => {
  const event = asUserEvent(decoded)
  switch (event.type) {
    case 'ConversationMarked':
      return [marked(event, event.data)]
    case 'UserErased':
      return [updateAll<MarksDocument>(`${event.streamId}/`, () => null)]
    default:
      return none
  }
}

/** How a user has marked conversations: one document for each user and conversation that has marks. */
export const marks: Projection = {
  name: 'marks',
  version: 1,
  fields: {},
  indexes: [],
  streams: 'user',
  project,
}
