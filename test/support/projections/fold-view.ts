import { createMemoryDocumentStore } from '../../../src/adapters/memory/document-store.ts'
import { createMemoryLog, type MemoryLog } from '../../../src/adapters/memory/event-log.ts'
import type { Document } from '../../../src/ports/document-store.ts'
import type { Projection } from '../../../src/projections/projection.ts'
import { projectAsOf } from './project-as-of.ts'
import { openConversation } from './read-side.ts'

type Conversation = ReturnType<typeof openConversation>

/** The documents of `view`, by key below the conversation's, after `happen` in conversation 1. Positions are revisions + 1 without receipts. */
export const foldView = async (
  view: Projection,
  happen: (conversation: Conversation, log: MemoryLog) => Promise<unknown>,
): Promise<ReadonlyMap<string, Document>> => {
  const log = createMemoryLog()
  const conversation = openConversation(log, 1)
  await happen(conversation, log)
  const store = createMemoryDocumentStore()
  const { catalog, parked } = await projectAsOf({ reader: log, store, views: [view], position: await log.head() })
  if (parked[0] !== undefined) throw new Error(parked[0].error)
  const found = await store.find(catalog.collection(view.name), {})
  return new Map(found.map(({ key, document }) => [key.slice(conversation.id.length + 1), document]))
}
