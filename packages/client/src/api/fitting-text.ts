import { longestText, type TextField } from '../crypto/sealed-text.ts'
import { toBase64 } from '../encoding/base64.ts'
import { utf8 } from '../encoding/bytes.ts'
import { BackscrollError } from '../errors/backscroll-error.ts'

/** The name or description of a group as UTF-8, base64. Throws `too_large` if it is too long for that field. */
export const fittingText = (field: TextField, text: string): string => {
  // Left out by code without types.
  if (typeof text !== 'string') throw new BackscrollError('invalid', { details: { field, reason: 'must be a text' } })
  const bytes = utf8(text)
  if (bytes.length > longestText(field)) throw new BackscrollError('too_large', { details: { field } })
  return toBase64(bytes)
}

export const textOf = (field: TextField, text: string | undefined) =>
  text === undefined ? {} : { [field]: fittingText(field, text) }
