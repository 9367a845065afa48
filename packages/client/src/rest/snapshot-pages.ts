import { type SnapshotEntry, type SnapshotPage, snapshotPage } from '@backscroll/protocol/rest/sync'
import type { Tracked } from '../sync/stream-tracker.ts'
import type { Rest } from './rest-client.ts'

export interface LoadedSnapshot {
  readonly checkpoint: string
  /** How far each conversation is contained. */
  readonly streams: ReadonlyMap<string, Tracked>
}

export interface LoadedPage {
  readonly conversations: readonly SnapshotEntry[]
  readonly first: boolean
  readonly last: boolean
}

const trackedOf = ({ conversation, revision }: SnapshotEntry): readonly [string, Tracked] => [
  conversation.conversationId,
  { last: revision, out: false },
]

/** Loads all pages [C3] and passes each on as it comes. The checkpoint counts only once all of them are stored [C6]. */
export const loadSnapshot = async (
  rest: Rest,
  onPage: (page: LoadedPage) => void,
  room: () => Promise<void>,
): Promise<LoadedSnapshot> => {
  const streams = new Map<string, Tracked>()
  let cursor: string | undefined
  for (let first = true; ; first = false) {
    await room()
    const page: SnapshotPage = await rest.read({ path: '/sync/snapshot', query: { cursor }, schema: snapshotPage })
    for (const entry of page.conversations) streams.set(...trackedOf(entry))
    onPage({ conversations: page.conversations, first, last: page.cursor === undefined })
    if (page.cursor === undefined) return { checkpoint: page.checkpoint, streams }
    cursor = page.cursor
  }
}
