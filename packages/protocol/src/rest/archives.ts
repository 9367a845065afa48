import { z } from 'zod'
import { base64Of } from '../base64.ts'
import { signature } from '../device-credential.ts'
import { limits } from '../limits.ts'
import { queryIntegerOr } from './query-values.ts'
import { base64UpTo } from './shared-fields.ts'

/** Archives of a user's message history, in sealed pieces [H1]. The server reads neither pieces nor manifests. */

export const archiveKinds = ['transfer', 'backup'] as const

const archiveId = z.string().regex(/^[A-Za-z0-9_-]{22}$/)
const piece = z.int().min(0)

export const archiveParams = z.object({ archiveId })
export const archivePieceParams = z.object({
  archiveId,
  piece: z.string().regex(/^\d{1,6}$/),
})

const manifest = base64UpTo(limits.archive.manifest).describe('What only devices can open, base64.')

export const newArchive = z.discriminatedUnion('kind', [
  z
    .strictObject({
      kind: z.literal('transfer'),
      key: base64Of(32).describe('X25519: the key that the history is sealed for.'),
      signature: signature.describe("By the device's key."),
    })
    .describe('This device asks another device of the user for the history.'),
  z.strictObject({ kind: z.literal('backup') }).describe('This device writes a backup.'),
])

export const archive = z.object({
  archiveId,
  kind: z.enum(archiveKinds),
  deviceId: z.string().describe('The device that opened it: it asks for the history, or writes the backup.'),
  writerId: z.string().nullable().describe('The device that writes it; null while none does.'),
  key: z.string().nullable(),
  signature: z.string().nullable(),
  manifest: z.string().nullable(),
  pieces: z.int(),
  bytes: z.int().describe('Of all pieces.'),
  complete: z.boolean(),
  createdAt: z.int(),
  changedAt: z.int(),
})
export type Archive = z.output<typeof archive>
export const archiveList = z.object({ archives: z.array(archive) })

export const archiveManifest = z.strictObject({ manifest, complete: z.boolean() })

export const newArchivePiece = z.strictObject({ mediaId: z.string().max(limits.mediaId) })

export const archivePiecesQuery = z.strictObject({ from: queryIntegerOr(0, 0) })
export const archivePiece = z.object({ piece, mediaId: z.string(), size: z.int() })
export const archivePieces = z.object({ pieces: z.array(archivePiece) })
export type NewArchive = z.output<typeof newArchive>
export type ArchiveManifest = z.output<typeof archiveManifest>
