import { z } from 'zod'
import { exportCursor } from '../export-records.ts'

/** What this device stores about the backup that it writes. Keys in base64. */
export const written = z.object({
  /** What manifests are sealed for; it follows from the recovery key. */
  publicKey: z.string(),
  archiveId: z.string(),
  /** The archive's key. */
  key: z.string(),
  piece: z.int(),
  cursor: exportCursor,
  uploaded: z.string().optional(),
  isWhole: z.boolean().optional(),
  /** When this archive was begun, and when it was complete last. Milliseconds since the Unix epoch. */
  begunAt: z.int(),
  completeAt: z.int().optional(),
})
export type WrittenBackup = z.output<typeof written>

/** A backup that is being restored here. */
export const restoring = z.object({
  archiveId: z.string(),
  key: z.string(),
  /** Of the backup, the next one, and the messages that were new so far. */
  pieces: z.int(),
  piece: z.int(),
  messages: z.int(),
  /** When the backup was complete. */
  at: z.int(),
  /** This device writes the next backup for this key. */
  publicKey: z.string(),
})
export type Restoring = z.output<typeof restoring>

export const writtenKey = 'backup'
export const restoringKey = 'backup-restore'
/** Up to which revision a conversation is in the backup. */
export const markKey = (conversationId: string): string => `backup-mark/${conversationId}`
