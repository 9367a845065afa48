import { z } from 'zod'

const count = z.int().nonnegative()

const pushQueue = z.object({
  kind: z.enum(['fcm', 'webpush', 'webhook']),
  due: count.describe('Devices that have to be woken now'),
  later: count.describe('Devices whose wake-up waits for its time'),
  oldest: z.int().nullable().describe('When the one that waits longest became due, milliseconds since the Unix epoch'),
})

const processReport = z.object({
  processId: z.string(),
  roles: z.array(z.string()).describe('Empty in the embedded profile, where one process does everything'),
  connections: count.describe('Open WebSockets'),
  transfers: count.describe('Uploads and downloads of files in progress'),
  waitingReads: count.describe('Resumes, syncs and large reads that wait for their turn'),
  unreadBytes: count.describe('Bytes that clients have been given and have not read'),
})

export const queuesReport = z.object({
  views: z
    .object({
      behind: z.string().regex(/^\d+$/).describe('Positions that the view which is furthest behind lacks'),
      rebuilding: count,
      parkedStreams: count,
    })
    .nullable()
    .describe('Null if no process that runs views answers'),
  reactions: z.object({ parkedStreams: count }),
  push: z.array(pushQueue),
  files: z.object({
    uploads: count.describe('Uploads in progress'),
    receivedBytes: count.describe('Bytes of them that have arrived'),
    toRemove: count.describe('Files whose bytes have still to be removed'),
  }),
  reports: z.object({ open: count, claimed: count }),
  processes: z.array(processReport).describe('Those that answered within a second; at most 500'),
  limits: z.array(
    z.object({
      name: z.string(),
      burst: z.number().describe('How many a user or an address may use at once'),
      everyMs: z.number().describe('Milliseconds until one more'),
    }),
  ),
})
