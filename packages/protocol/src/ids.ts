import { z } from 'zod'

/** Patterns of all names. All are ASCII and contain neither `/`, quotes nor backslashes. */
export const userId = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._:@|~+-]{0,127}$/,
    'must be 1 to 128 of letters, digits and ._:@|~+-, the first a letter or digit',
  )
export const deviceId = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._:~+-]{0,63}$/,
    'must be 1 to 64 of letters, digits and ._:~+-, the first a letter or digit',
  )
const uuid = z
  .string()
  .regex(/^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/, 'must be a lower-case UUID')
export const conversationId = uuid
/**
 * Version 5 is reserved for direct conversations: otherwise somebody could take the id of two other users'
 * conversation before they talk.
 */
export const groupId = uuid.refine(
  (id) => id[14] !== '5',
  'must not be a version 5 UUID: those name direct conversations',
)
export const messageId = uuid
/** A message number within its conversation, from 1. */
export const seq = z.int().min(1)
/** A device's command number within a conversation, from 1. */
export const clientSeq = z.int().min(1)
/** 0 when the command has no predecessor. */
export const afterClientSeq = z.int().min(0)
export const revision = z.int().min(0)
