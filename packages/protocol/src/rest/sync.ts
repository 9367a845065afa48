import { z } from 'zod'
import { limits } from '../limits.ts'
import { receipt } from '../server-frames.ts'
import { inboxEntry } from './inbox.ts'
import { message } from './messages.ts'
import { limit } from './query-values.ts'
import { nextCursor } from './shared-fields.ts'
import { welcome } from './welcomes.ts'

/** One page is `syncPage` of the server's frames. */
export const syncQuery = z.strictObject({
  since: z.string().min(1).max(limits.checkpoint),
  limit: limit(limits.syncPage),
})

export const snapshotEntry = inboxEntry.extend({
  revision: z.int().describe('Everything up to this revision is contained; events follow from the next one on.'),
  messages: z.array(message).describe('The newest, in ascending order of `seq`.'),
  receipts: z.array(receipt),
  welcome: welcome
    .nullable()
    .default(null)
    .describe('How this device gets into the encryption group, if it is not in it yet.'),
})

export const snapshotPage = z.object({
  conversations: z.array(snapshotEntry),
  checkpoint: z.string().describe('The same on every page: connect or sync with it once the last page is stored.'),
  cursor: nextCursor,
})

export type SnapshotEntry = z.output<typeof snapshotEntry>
export type SnapshotPage = z.output<typeof snapshotPage>
