import type { Decoder } from 'ts-mls'
import { E2eeError } from '../../errors/e2ee-error.ts'

/**
 * A state as named parts, so that a message rewrites only the little that it changed, not the tree of a large
 * group.
 */
export type StateParts = ReadonlyMap<string, Uint8Array>

const attempt = <Value>(bytes: Uint8Array, decode: Decoder<Value>): Value | undefined => {
  try {
    return decode(bytes, 0)?.[0]
  } catch {
    return undefined
  }
}

/**
 * Decodes a copy, because the result consists of views, and spent keys in it are overwritten. Throws `malformed`,
 * also when there is no such part.
 */
export const decodePart = <Value>(parts: StateParts, name: string, decode: Decoder<Value>): Value => {
  const bytes = parts.get(name)
  const decoded = bytes === undefined ? undefined : attempt(bytes.slice(), decode)
  if (decoded === undefined) throw new E2eeError('malformed', { part: name })
  return decoded
}
