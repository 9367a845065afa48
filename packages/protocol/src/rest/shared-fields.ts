import { z } from 'zod'
import { base64 } from '../base64.ts'
import { afterClientSeq, clientSeq } from '../ids.ts'

/** Fields that the bodies and answers of several resources share. Times are milliseconds since the Unix epoch. */

/** Every command is numbered by its device ("exactly once" [M3]). */
export const commandNumbers = { clientSeq, afterClientSeq }

/** A device of a user, as answers name it. */
export const actor = z.object({ userId: z.string(), deviceId: z.string() })

/** Bytes that only clients read. */
export const opaqueBytes = z.string().describe('Opaque bytes, base64.')

/** Bytes in base64, of at most this many characters. */
export const base64UpTo = (characters: number) => base64.min(4).max(characters)

/** Text for people: anything but control characters. */
export const personText = (most: number) =>
  z
    .string()
    .regex(/^\P{Cc}*$/u, 'must not contain control characters')
    .max(most)

export const password = z.string().min(1).max(1024)

/** The fields that every page of a list has. */
export const nextCursor = z.string().optional().describe('Pass it on to get the next page; absent on the last one.')
