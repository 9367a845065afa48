import { createHash } from 'node:crypto'
import { ProtocolError } from '@backscroll/protocol/errors'
import { limits } from '@backscroll/protocol/limits'

/**
 * Cursors [R1] are opaque, versioned, and bound to one list of one user: the text of another list, of another user
 * or with one bit changed in its shape is `bad_cursor`. They hold places, never rights: every page checks again
 * what its reader may see.
 */
const version = 1
const shape = /^[A-Za-z0-9_-]+$/

export type CursorValue = string | number
export type CursorKind = 'text' | 'integer'

/** Names a list: its kind, its owner and what else it depends on. */
export type CursorScope = readonly string[]

const bindingOf = (scope: CursorScope): string =>
  createHash('sha256').update(JSON.stringify(scope)).digest('base64url').slice(0, 12)

export const encodeCursor = (scope: CursorScope, values: readonly CursorValue[]): string =>
  Buffer.from(JSON.stringify([version, bindingOf(scope), ...values])).toString('base64url')

const parse = (text: string): unknown => {
  if (text.length > limits.cursor || !shape.test(text)) return undefined
  try {
    return JSON.parse(Buffer.from(text, 'base64url').toString('utf8'))
  } catch {
    return undefined
  }
}

const fits = (value: unknown, kind: CursorKind | undefined): value is CursorValue =>
  kind === 'text' ? typeof value === 'string' && value.length <= 512 : Number.isSafeInteger(value) && Number(value) >= 0

/** The values of a cursor that `encodeCursor` made for this scope, each of its kind. Throws `bad_cursor`. */
export const decodeCursor = (
  scope: CursorScope,
  text: string,
  kinds: readonly CursorKind[],
): readonly CursorValue[] => {
  const content = parse(text)
  if (!Array.isArray(content) || content.length !== kinds.length + 2) throw new ProtocolError('bad_cursor')
  const values = content.slice(2).filter((value, index) => fits(value, kinds[index]))
  if (values.length !== kinds.length || encodeCursor(scope, values) !== text) throw new ProtocolError('bad_cursor')
  return values
}
