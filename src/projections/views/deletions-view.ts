import { idOfStream } from '../../domain/stream-names.ts'
import type { RecordedEvent } from '../../ports/event-log.ts'
import { type DeletionDocument, padded } from '../documents.ts'
import type { Change, Projection } from '../projection.ts'
import { put } from './document-change.ts'

const none: readonly Change[] = []

const upToOf = ({ data }: RecordedEvent): number | undefined => {
  try {
    const { upTo }: { readonly upTo?: unknown } = JSON.parse(data)
    return typeof upTo === 'number' ? upTo : undefined
  } catch {
    return undefined
  }
}

const deleted = ({ target, revision }: RecordedEvent, id: string): readonly Change[] => {
  const document: DeletionDocument = { revision }
  return target === undefined ? none : [put(`${id}/${padded(target)}`, document)]
}

const expired = (event: RecordedEvent, id: string): readonly Change[] => {
  const upTo = upToOf(event)
  const document: DeletionDocument = { revision: event.revision, ...(upTo !== undefined && { upTo }) }
  return upTo === undefined ? none : [put(`${id}/expired`, document)]
}

const projectAlways = (event: RecordedEvent): readonly Change[] => {
  const id = idOfStream(event.stream)
  if (event.type === 'MessageDeleted') return deleted(event, id)
  return event.type === 'MessagesExpired' ? expired(event, id) : none
}

/**
 * What was deleted: one document for each message or reaction; and how far messages have expired. Continues in
 * streams that stand still in all other views: what was deleted there is no longer served either.
 */
export const deletions: Projection = {
  name: 'deletions',
  version: 2,
  fields: {},
  indexes: [],
  streams: 'conversation',
  project: () => none,
  projectAlways,
}
