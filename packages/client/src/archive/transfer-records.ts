import { z } from 'zod'
import { exportCursor } from './export-records.ts'

/** What this device stores about transfers, so that a restart does not begin anew. */

/** A history that this device asks for. Keys in base64. */
export const incoming = z.object({
  archiveId: z.string(),
  publicKey: z.string(),
  privateKey: z.string(),
  /** The date of the request, milliseconds since the Unix epoch. */
  at: z.int(),
  /** As it was verified, and the archive's key from it. */
  manifest: z.string().optional(),
  key: z.string().optional(),
  /** The next piece. */
  piece: z.int(),
  messages: z.int(),
  /** The last piece is stored. */
  isWhole: z.boolean().optional(),
})

export type Incoming = z.output<typeof incoming>

/** A history that this device writes for another one. */
export const outgoing = z.object({
  archiveId: z.string(),
  key: z.string(),
  manifest: z.string(),
  /** The next piece, and where the export goes on. */
  piece: z.int(),
  cursor: exportCursor,
  /** The piece before is uploaded as this file, and perhaps not part of the archive yet. */
  uploaded: z.string().optional(),
  isWhole: z.boolean().optional(),
})

export type Outgoing = z.output<typeof outgoing>

export const incomingKey = 'archive-in'
export const outgoingKey = (archiveId: string): string => `archive-out/${archiveId}`

/** How the last transfer to this device ended. */
export const outcome = z.discriminatedUnion('name', [
  z.object({ name: z.literal('done'), messages: z.int() }),
  z.object({ name: z.literal('failed'), code: z.string(), reason: z.string(), messages: z.int() }),
])
export type Outcome = z.output<typeof outcome>
export const outcomeKey = 'archive-outcome'
