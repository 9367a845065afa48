import { randomUUID } from 'node:crypto'
import type { Commands } from '../commands/commands.ts'
import { createCommands } from '../commands/create-commands.ts'
import type { WriterDeps } from '../commands/writer/stream-writer.ts'
import type { Config } from '../config/config.ts'
import { meteredCommands } from '../edge/limits/metered-commands.ts'
import type { StorageQuota } from '../edge/limits/storage-quota.ts'
import type { MediaAccess } from '../media/media-access.ts'
import { measuredCommands } from '../observability/measured-commands.ts'
import type { Metrics } from '../observability/metrics.ts'
import type { Queries } from '../projections/queries/create-queries.ts'
import type { OpenAccounts } from './identity/open-accounts.ts'
import { hotConversations } from './server-settings.ts'

export interface OpenCommandsDeps {
  readonly config: Pick<Config, 'receiptWindowMs'>
  readonly writer: WriterDeps
  readonly queries: Pick<Queries, 'originalOf' | 'wasDeleted' | 'wasEverMember' | 'isIdTaken'>
  readonly accounts: Pick<OpenAccounts, 'readsInPrivate'>
  readonly metrics: Metrics
  readonly spending: StorageQuota
  readonly media: { readonly access: Pick<MediaAccess, 'mayName'> }
}

/** The commands of a process: measured, and counted against what users may store. */
export const openCommands = (deps: OpenCommandsDeps): Commands => {
  const { writer, queries, accounts, config } = deps
  const commands = createCommands(
    {
      ...writer,
      originalOf: queries.originalOf,
      wasDeleted: queries.wasDeleted,
      wasEverMember: queries.wasEverMember,
      isIdTaken: queries.isIdTaken,
      mayNameMedia: deps.media.access.mayName,
      newId: randomUUID,
      readsInPrivate: accounts.readsInPrivate,
    },
    { maxIdle: hotConversations, maxPending: 4_096, timeoutMs: 10_000, receiptsWindowMs: config.receiptWindowMs },
  )
  return meteredCommands(measuredCommands(commands, deps.metrics), deps.spending)
}
