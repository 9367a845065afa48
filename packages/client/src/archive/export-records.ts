import { z } from 'zod'
import type { ProfileBody } from '../content/message-content.ts'
import type { Plaintexts } from '../records/plaintexts.ts'
import type { ArchiveRecord } from './archive-records.ts'
import type { Exported } from './piece-batches.ts'

/** Up to where an export has come. `end`: all messages are in it. */
export const exportCursor = z.discriminatedUnion('at', [
  z.object({ at: z.literal('start') }),
  z.object({ at: z.literal('message'), conversationId: z.string(), revision: z.int() }),
  z.object({ at: z.literal('end') }),
])

export type ExportCursor = z.output<typeof exportCursor>

/** Conversations are left out up to these revisions. */
type Marks = ReadonlyMap<string, number>

export interface ExportSources {
  readonly plaintexts: Pick<Plaintexts, 'from'>
  readonly profiles: () => Iterable<readonly [userId: string, profile: ProfileBody]>
  /** Keys of names and descriptions, by conversation. */
  readonly groupKeys: () => Iterable<readonly [conversationId: string, keys: readonly string[]]>
}

async function* messages(
  { plaintexts }: ExportSources,
  cursor: ExportCursor,
  marks?: Marks,
): AsyncGenerator<Exported<ExportCursor>> {
  if (cursor.at === 'end') return
  const from = cursor.at === 'message' ? cursor : undefined
  for await (const [conversationId, revision, value] of plaintexts.from(from, marks)) {
    const place = { conversationId, revision }
    const after: ExportCursor = { at: 'message', ...place }
    if ('deleted' in value) yield { record: { type: 'deleted', ...place }, after }
    if (!('plaintext' in value)) continue
    const { plaintext, at, target } = value
    const when = { ...(at !== undefined && { at }), ...(target !== undefined && { target }) }
    yield { record: { type: 'message', ...place, plaintext, ...when }, after }
  }
}

/** They are few, so an export that goes on here begins with the first of them again. */
function* books({ profiles, groupKeys }: ExportSources): Generator<ArchiveRecord> {
  for (const [userId, profile] of profiles()) yield { type: 'profile', userId, profile }
  for (const [conversationId, keys] of groupKeys())
    if (keys.length > 0) yield { type: 'group_keys', conversationId, keys: keys.slice(-64) }
}

/** What this device can show of its history, from a cursor on. Deleted and expired messages are not in it. */
export async function* exportRecords(
  sources: ExportSources,
  cursor: ExportCursor,
  marks?: Marks,
): AsyncGenerator<Exported<ExportCursor>> {
  yield* messages(sources, cursor, marks)
  for (const record of books(sources)) yield { record, after: { at: 'end' } }
}
