import { z } from 'zod'
import { limits } from '../limits.ts'
import { atLeast } from './query-values.ts'

export const mediaParams = z.object({
  mediaId: z.string().max(limits.mediaId).describe('The id of the file: the last part of the Location of its upload.'),
})

export const mediaQuery = z.strictObject({ atLeast })

/** A whole file that came in one request. */
export const storedMedia = z.object({
  mediaId: z.string().describe('Name it in the `mediaIds` of a message within a day, or the file is removed.'),
  size: z.int(),
  hash: z.string().describe('SHA-256 of the bytes, in hex.'),
})
