import { z } from 'zod'

/**
 * Fields of stored events. Looser than the patterns of the edge, which may change: history stays as it was written.
 * All of them guarantee that wire events can be composed from columns without escaping.
 */
const unescaped = /^[\x20-\x21\x23-\x5b\x5d-\x7e]*$/

export const opaqueText = z.string().regex(unescaped)
const id = opaqueText
  .min(1)
  .max(256)
  .refine((text) => !text.includes('/'), 'must not hold a slash')
export const userId = id
export const deviceId = id
export const messageId = z.guid()
/** A message number within its conversation, from 1. */
export const seq = z.int().min(1)
/** A device's command number within a conversation, from 1. */
export const clientSeq = z.int().min(1)
export const revision = z.int().min(0)
/** Since the Unix epoch. */
export const milliseconds = z.int().min(0)
