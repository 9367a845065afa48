import { z } from 'zod'
import { limits } from '../limits.ts'
import { atLeast } from './query-values.ts'

export const mediaParams = z.object({
  mediaId: z
    .string()
    .max(limits.mediaId)
    .describe('The id of the file: the last segment of the Location header of its upload.'),
})

export const mediaQuery = z.strictObject({ atLeast })

/** A file that was uploaded in a single request. */
export const storedMedia = z.object({
  mediaId: z
    .string()
    .describe('The id of the file. Unless a message names it in `mediaIds` within a day, the file is removed.'),
  size: z.int(),
  hash: z.string().describe('SHA-256 of the bytes, in hex.'),
})
